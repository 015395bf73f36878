import { describe, expect, it } from 'vitest';
import { type Rehearsal, rehearse, rehearseHangUps } from '../testing/rehearsal.ts';
import { atAnswer, during, following, press } from '../testing/scripted-line.ts';

/** Signed in and in personal options, without a prompt before them. */
const ENTER = press('51234#198584#6', atAnswer(), 0);
const OPTIONS = ['personal-options', 'options-change-pin', 'menu-repeat', 'menu-back'];
const QUESTION = ['enter-new-pin', 'new-pin-minimum', 'number-6', 'new-pin-digits', 'keep-pin'];
const CONFIRM = 'confirm-new-pin';

interface Case extends Rehearsal {
  readonly name: string;
  readonly heard: readonly string[];
  readonly outcome: string;
  readonly changes: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: '3 changes the PIN, * goes back to the main menu',
    script: [
      ENTER,
      press('3', following('menu-back')),
      press('805317#', following('keep-pin')),
      press('805317#', following(CONFIRM)),
      press('*', following('menu-back')),
      press('**', during('main-menu'), 0),
    ],
    heard: [...OPTIONS, ...QUESTION, CONFIRM, 'pin-changed', ...OPTIONS, 'main-menu', 'goodbye'],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'all of it typed ahead',
    script: [press('51234#198584#63805317#805317#***', atAnswer(), 0)],
    heard: ['goodbye'],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: '* keeps the PIN, before the first entry and before the second',
    script: [
      ENTER,
      press('3', during('options-change-pin')),
      press('*', during('keep-pin')),
      press('3', during('pin-kept')),
      press('805*', during('enter-new-pin')),
      press('805317#', during('enter-new-pin')),
      press('*', during(CONFIRM)),
      press('*', during('pin-kept')),
      press('**', during('main-menu'), 0),
    ],
    heard: [
      ...[...OPTIONS.slice(0, 2), ...QUESTION, 'pin-kept', 'enter-new-pin', 'entry-cleared', 'enter-new-pin'],
      ...[CONFIRM, 'pin-kept', 'main-menu', 'goodbye'],
    ],
    outcome: 'left',
    changes: [],
  },
  {
    name: 'refusals add up over several visits, until a change has worked',
    script: [
      ENTER,
      press('3', during('personal-options')),
      press('123456#', during('enter-new-pin')),
      press('654321#', during('refused-sequential')),
      press('805317#805317#', following('keep-pin'), 0),
      press('3', during('pin-changed')),
      press('805317#', during('enter-new-pin')),
      press('*', during('refused-used-before')),
      press('3', during('pin-kept')),
      press('888888#', during('enter-new-pin')),
      press('198584#', following('keep-pin')),
    ],
    heard: [
      ...['personal-options', 'enter-new-pin', 'refused-sequential', 'refused-sequential', 'enter-new-pin', 'keep-pin'],
      ...['pin-changed', 'enter-new-pin', 'refused-used-before', 'pin-kept', 'enter-new-pin', 'refused-one-digit'],
      ...['enter-new-pin', 'keep-pin', 'refused-used-before', 'number-5', 'refused-used-before-end'],
      'too-many-pin-refusals',
    ],
    outcome: 'pin-change-failures',
    changes: ['805317 changed'],
  },
  {
    name: '0 repeats',
    script: [ENTER, press('0', following('menu-back')), press('***', during('menu-back'), 0)],
    heard: [...OPTIONS, ...OPTIONS, 'goodbye'],
    outcome: 'left',
    changes: [],
  },
  {
    name: 'keys of features that are not there are invalid',
    script: [
      ENTER,
      press('1', following('menu-back')),
      press('5', following('menu-back')),
      press('6', following('menu-back')),
    ],
    heard: [...OPTIONS, 'invalid-key', ...OPTIONS, 'invalid-key', ...OPTIONS, 'too-many-input-failures'],
    outcome: 'input-failures',
    changes: [],
  },
  {
    name: 'no new PIN in time',
    script: [ENTER, press('3', during('personal-options'))],
    heard: [
      ...['personal-options', ...QUESTION, 'no-input', ...QUESTION, 'no-input', ...QUESTION],
      'too-many-input-failures',
    ],
    outcome: 'input-failures',
    changes: [],
  },
];

describe('personal options', () => {
  it.each(CASES)('$name', async ({ name: _, heard, outcome, changes, ...rehearsal }) => {
    const call = await rehearse(rehearsal);

    expect(call.heard).toEqual(heard);
    expect(call.outcome.kind).toBe(outcome);
    expect(call.changes.map(({ pin, result }) => `${pin} ${result}`)).toEqual(changes);
  });

  it.each(CASES)('with the hang-up at every wait: $name', async (one) => {
    const { name: _, heard: __, outcome: ___, changes: ____, ...rehearsal } = one;
    expect(await rehearseHangUps(rehearsal)).toBeGreaterThan(9);
  });
});
