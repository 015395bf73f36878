import { describe, expect, it } from 'vitest';
import { rehearse, rehearseHangUps } from '../testing/rehearsal.ts';
import { atAnswer, during, following, press, type Step } from '../testing/scripted-line.ts';

const SIGN_IN: Step = press('51234#198584#', atAnswer(), 0);
const MENU = ['main-menu', 'menu-personal-options', 'menu-repeat', 'menu-leave'];

interface Case {
  readonly name: string;
  readonly script: readonly Step[];
  readonly heard: readonly string[];
  readonly outcome: string;
}

const CASES: readonly Case[] = [
  {
    name: '0 repeats, * and * leave',
    script: [
      press('0', following('menu-leave')),
      press('*', following('menu-leave')),
      press('*', following('leave-confirm')),
    ],
    heard: [...MENU, ...MENU, 'leave-confirm', 'goodbye'],
    outcome: 'left',
  },
  {
    name: '0 stays when asked whether to leave',
    script: [
      press('*', during('main-menu')),
      press('0', during('leave-confirm')),
      press('*', during('menu-repeat')),
      press('*', during('leave-confirm')),
    ],
    heard: [
      'main-menu',
      'leave-confirm',
      'main-menu',
      'menu-personal-options',
      'menu-repeat',
      'leave-confirm',
      'goodbye',
    ],
    outcome: 'left',
  },
  {
    name: '6 goes to personal options, and * comes back',
    script: [
      press('6', following('menu-leave')),
      press('*', following('menu-back')),
      press('*', following('menu-leave')),
      press('*', following('leave-confirm')),
    ],
    heard: [
      ...[...MENU, 'personal-options', 'options-change-pin', 'menu-repeat', 'menu-back', ...MENU],
      ...['leave-confirm', 'goodbye'],
    ],
    outcome: 'left',
  },
  {
    name: 'no key, three times',
    script: [],
    heard: [...MENU, 'no-input', ...MENU, 'no-input', ...MENU, 'too-many-input-failures'],
    outcome: 'input-failures',
  },
  {
    name: 'keys without a function',
    script: [
      press('1', following('menu-leave')),
      press('#', following('menu-leave')),
      press('D', following('menu-leave')),
    ],
    heard: [...MENU, 'invalid-key', ...MENU, 'invalid-key', ...MENU, 'too-many-input-failures'],
    outcome: 'input-failures',
  },
  {
    name: 'a key with a function starts a new row of input failures',
    script: [
      press('7', following('menu-leave')),
      press('8', following('menu-leave')),
      press('0', following('menu-leave')),
      press('9', following('menu-leave')),
      press('*', following('menu-leave')),
      press('5', following('leave-confirm')),
      press('#', following('leave-confirm')),
      press('0', following('leave-confirm')),
      press('4', following('menu-leave')),
      press('*', following('menu-leave')),
      press('*', following('leave-confirm')),
    ],
    heard: [
      ...[...MENU, 'invalid-key', ...MENU, 'invalid-key', ...MENU, ...MENU, 'invalid-key', ...MENU],
      ...['leave-confirm', 'invalid-key', 'leave-confirm', 'invalid-key', 'leave-confirm'],
      ...[...MENU, 'invalid-key', ...MENU, 'leave-confirm', 'goodbye'],
    ],
    outcome: 'left',
  },
  {
    name: 'staying starts a new row, too',
    script: [
      press('*', following('menu-leave')),
      press('5', following('leave-confirm')),
      press('#', following('leave-confirm')),
      press('0', following('leave-confirm')),
      press('4', following('menu-leave')),
      press('5', following('menu-leave')),
      press('*', following('menu-leave')),
      press('*', following('leave-confirm')),
    ],
    heard: [
      ...[...MENU, 'leave-confirm', 'invalid-key', 'leave-confirm', 'invalid-key', 'leave-confirm'],
      ...[...MENU, 'invalid-key', ...MENU, 'invalid-key', ...MENU, 'leave-confirm', 'goodbye'],
    ],
    outcome: 'left',
  },
  {
    name: 'no answer to whether to leave',
    script: [press('*', following('menu-leave'))],
    heard: [
      ...[...MENU, 'leave-confirm', 'no-input', 'leave-confirm', 'no-input', 'leave-confirm'],
      'too-many-input-failures',
    ],
    outcome: 'input-failures',
  },
];

describe('the main menu', () => {
  it.each(CASES)('$name', async ({ script, heard, outcome }) => {
    const call = await rehearse({ script: [SIGN_IN, ...script] });

    expect(call.heard).toEqual(['signed-in', ...heard]);
    expect(call.outcome).toEqual(outcome === 'left' ? { kind: 'left' } : { kind: outcome, signedIn: true });
  });

  it.each(CASES)('with the hang-up at every wait: $name', async ({ script, heard }) => {
    expect(await rehearseHangUps({ script: [SIGN_IN, ...script] })).toBeGreaterThan(heard.length);
  });
});
