import { describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { FakeClock } from '../testing/clock.ts';
import { PHRASE_BOOKS } from '../testing/rehearsal.ts';
import { ScriptedLine } from '../testing/scripted-line.ts';
import { AnswerTime } from './answer-time.ts';
import type { Dialogue } from './dialogue.ts';
import { KeyQueue } from './key-queue.ts';
import { withPatience } from './say.ts';

function makeDialogue() {
  const clock = new FakeClock();
  const log = new CapturedLog();
  const line = new ScriptedLine({ clock, script: [] });
  const dialogue: Dialogue = {
    line,
    clock,
    log,
    keys: new KeyQueue(line, clock),
    answerTime: new AnswerTime(clock, new CapturedMeter()),
    phrases: PHRASE_BOOKS.for('en-US'),
  };
  const work = (milliseconds: number): Promise<string> =>
    new Promise((resolve) => clock.after(milliseconds, () => resolve('done')));
  return { clock, log, line, dialogue, work };
}

describe('waiting for a service', () => {
  it('is silent for two seconds', async () => {
    const { clock, line, dialogue, work } = makeDialogue();
    expect(await clock.untilSettled(withPatience(dialogue, work(1_999)))).toBe('done');
    expect(line.heard).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('then asks for patience, and stops with that when the answer is there', async () => {
    const { clock, line, dialogue, work } = makeDialogue();
    expect(await clock.untilSettled(withPatience(dialogue, work(2_300)))).toBe('done');
    expect(line.heard).toEqual([{ id: 'please-wait', from: 2_000, milliseconds: 300, whole: false }]);
    expect(line.isPlaying).toBe(false);
  });

  it('goes on after a hang-up without a word', async () => {
    const { clock, line, log, dialogue, work } = makeDialogue();
    const waiting = withPatience(dialogue, work(5_000));
    line.hangUp();
    expect(await clock.untilSettled(waiting)).toBe('done');
    expect(log.lines).toEqual([]);
  });

  it('fails as the service does', async () => {
    const { clock, dialogue } = makeDialogue();
    const failing = withPatience(dialogue, Promise.reject(new Error('no database')));
    await expect(clock.untilSettled(failing)).rejects.toThrow('no database');
    expect(clock.pending).toBe(0);
  });
});
