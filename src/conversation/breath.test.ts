import { describe, expect, it } from 'vitest';
import { withBreaths } from './breath.ts';
import type { Audio } from './line.ts';

const spoken = (...ids: readonly string[]): readonly Audio[] => ids.map((id) => ({ id, file: `en-US/${id}.wav` }));
const idsOf = (pieces: readonly Audio[]): readonly string[] => pieces.map(({ id }) => id);

describe('withBreaths', () => {
  it('parts sentences', () => {
    expect(idsOf(withBreaths(spoken('main-menu', 'menu-repeat', 'menu-leave')))).toEqual([
      'main-menu',
      'pause',
      'menu-repeat',
      'pause',
      'menu-leave',
    ]);
  });

  it('leaves numbers in their sentence, and parts them from the next one', () => {
    expect(idsOf(withBreaths(spoken('mailbox-of', 'digit-5', 'digit-1-final', 'enter-pin')))).toEqual([
      'mailbox-of',
      'digit-5',
      'digit-1-final',
      'pause',
      'enter-pin',
    ]);
  });

  it('leaves times, and what follows a number, in their sentence', () => {
    const ids = ['last-failure', 'weekday-monday', 'month-june', 'ordinal-2', 'time-at', 'number-3', 'time-pm'];
    expect(idsOf(withBreaths(spoken(...ids, 'new-pin-minimum', 'number-6', 'new-pin-digits')))).toEqual([
      ...ids,
      ...['pause', 'new-pin-minimum', 'number-6', 'new-pin-digits'],
    ]);
  });

  it('adds nothing to one sentence or to nothing', () => {
    expect(idsOf(withBreaths(spoken('goodbye')))).toEqual(['goodbye']);
    expect(withBreaths([])).toEqual([]);
  });
});
