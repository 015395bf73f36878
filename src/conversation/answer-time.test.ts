import { describe, expect, it } from 'vitest';
import type { Measurement } from '../testing/captured-meter.ts';
import { type Rehearsal, rehearse } from '../testing/rehearsal.ts';
import { atAnswer, following, hangUp, later, press, type Step } from '../testing/scripted-line.ts';

/** How long the media server takes to the first sound, in milliseconds, and each service to its answer. */
const SOUND = 25;
const SERVICE = 40;

const measure = async (script: readonly Step[], changes: Partial<Rehearsal> = {}) => {
  const { measured } = await rehearse({ script, soundLatency: SOUND, serviceTime: SERVICE, ...changes });
  return measured.map(({ kind, milliseconds }: Measurement) => [kind, milliseconds] as const);
};

const BY_DIALOGUE = ['dialogue', SOUND] as const;
const BY_SERVICE = ['service', SERVICE + SOUND] as const;
const IN_THE_MENU = following('menu-leave');

describe('the time from the last key of an entry to the first sound of the answer', () => {
  it('is measured once for each entry, and apart where a service was asked', async () => {
    const script = [
      press('51234', following('enter-extension')),
      press('198584#', following('enter-pin')),
      press('0', IN_THE_MENU),
      press('7', IN_THE_MENU),
      hangUp(following('invalid-key')),
    ];
    expect(await measure(script)).toEqual([BY_DIALOGUE, BY_SERVICE, BY_DIALOGUE, BY_DIALOGUE]);
  });

  it('begins with the last key, when all were typed ahead', async () => {
    const script = [press('51234#198584#', atAnswer(), 0), hangUp(IN_THE_MENU)];
    expect(await measure(script)).toEqual([BY_SERVICE]);
  });

  it('does not end with being asked for patience', async () => {
    const script = [press('51234#198584#', atAnswer(), 0), hangUp(IN_THE_MENU)];
    expect(await measure(script, { serviceTime: 3_000 })).toEqual([['service', 3_000 + SOUND]]);
  });

  it('is none where a pause ended the entry, nor where nothing was keyed', async () => {
    const script = [
      press('51234', following('enter-extension')),
      press('198584', following('enter-pin')),
      hangUp(following('no-input')),
    ];
    expect(await measure(script)).toEqual([BY_DIALOGUE]);
  });

  it('is that of the key that was waited for, where the caller keyed on before anything was heard', async () => {
    const script = [
      press('51234#198584#', atAnswer(), 0),
      press('0', IN_THE_MENU),
      press('0', later(300)),
      hangUp(IN_THE_MENU),
    ];
    const measured = await measure(script, { soundLatency: 500 });
    expect(measured).toEqual([
      ['service', SERVICE + 500],
      ['dialogue', 500],
    ]);
  });

  it('is none where the caller hung up first', async () => {
    const script = [press('51234#198584#', atAnswer(), 0), hangUp(later(10))];
    expect(await measure(script)).toEqual([]);
  });
});
