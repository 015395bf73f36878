import { describe, expect, it } from 'vitest';
import { type Rehearsal, rehearse, rehearseHangUps, TONY } from '../testing/rehearsal.ts';
import { atAnswer, during, following, later, press, type Step } from '../testing/scripted-line.ts';

/** What is heard from a call's answer to its first question, and once signed in. */
const OPENING = ['welcome', 'enter-extension'];
const MENU = ['signed-in', 'main-menu', 'menu-personal-options', 'menu-repeat', 'menu-leave'];

/** From the main menu: leave at once. The menu stops with its first word, and so does the question. */
const LEAVE: readonly Step[] = [press('*', during('signed-in')), press('*', during('leave-confirm'))];
const LEFT = ['signed-in', 'leave-confirm', 'goodbye'];

/** What is heard of a sign-in, without what comes behind it. */
const UNTIL_SIGNED_IN = ['welcome', 'enter-extension', 'enter-pin'];
const STAR_OFFERED = ['sign-in-failed', 'enter-pin-again'];

const keyed = (extension: string, pin: string): readonly Step[] => [
  press(extension, following('enter-extension')),
  press(pin, following('enter-pin')),
];

interface Case extends Rehearsal {
  readonly name: string;
  readonly heard: readonly string[];
  readonly outcome: string;
  readonly attempts: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'extension and PIN, each keyed behind its prompt',
    script: [...keyed('51234#', '198584#'), ...LEAVE],
    heard: [...UNTIL_SIGNED_IN, ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a wrong PIN, then the right one for the same extension',
    script: [...keyed('51234#', '111111#'), press('198584#', following('enter-pin-again')), ...LEAVE],
    heard: [...UNTIL_SIGNED_IN, ...STAR_OFFERED, ...LEFT],
    outcome: 'left',
    attempts: ['51234 failed', '51234 signed-in'],
  },
  {
    name: 'three wrong PINs',
    script: [
      ...keyed('51234#', '111111#'),
      press('222222#', following('enter-pin-again')),
      press('333333#', following('enter-pin-again')),
    ],
    heard: [...UNTIL_SIGNED_IN, ...STAR_OFFERED, ...STAR_OFFERED, 'too-many-sign-in-failures'],
    outcome: 'sign-in-failures',
    attempts: ['51234 failed', '51234 failed', '51234 failed'],
  },
  {
    name: 'a mistyped extension, noticed after the failure: a star asks for the extension again',
    script: [
      ...keyed('51243#', '198584#'),
      press('*', during('enter-pin-again')),
      ...keyed('51234#', '198584#'),
      ...LEAVE,
    ],
    heard: [...UNTIL_SIGNED_IN, ...STAR_OFFERED, 'enter-extension', 'enter-pin', ...LEFT],
    outcome: 'left',
    attempts: ['51243 failed', '51234 signed-in'],
  },
  {
    name: 'sign-in failures add up over different extensions',
    dialPlan: { logonFailuresBeforeDisconnect: 2 },
    script: [...keyed('51243#', '198584#'), press('*', during('enter-pin-again')), ...keyed('51244#', '198584#')],
    heard: [...UNTIL_SIGNED_IN, ...STAR_OFFERED, 'enter-extension', 'enter-pin', 'too-many-sign-in-failures'],
    outcome: 'sign-in-failures',
    attempts: ['51243 failed', '51244 failed'],
  },
  {
    name: 'everything typed ahead at the answer: no prompt is heard before the menu',
    script: [press('51234#198584#', atAnswer(), 0), ...LEAVE],
    heard: LEFT,
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'typed ahead without the # behind the full-length extension',
    script: [press('51234198584#', atAnswer(), 0), ...LEAVE],
    heard: LEFT,
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'typed ahead as far as leaving',
    script: [press('51234#198584#**', atAnswer(), 0)],
    heard: ['goodbye'],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a # a moment behind the full-length extension neither stops the next prompt nor counts',
    script: [
      press('51234', following('enter-extension')),
      press('#', during('enter-pin', 900)),
      press('198584#', later(600)),
    ],
    heard: [
      ...UNTIL_SIGNED_IN,
      ...MENU,
      'no-input',
      ...MENU.slice(1),
      'no-input',
      ...MENU.slice(1),
      'too-many-input-failures',
    ],
    outcome: 'input-failures',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a # long behind the extension is an empty PIN',
    script: [
      press('51234', following('enter-extension')),
      press('#', following('enter-pin', 1_500)),
      press('198584#', following('enter-pin')),
      ...LEAVE,
    ],
    heard: [...UNTIL_SIGNED_IN, 'no-input', 'enter-pin', ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a forgotten # behind the PIN: a pause ends it',
    script: [...keyed('51234', '198584'), ...LEAVE],
    heard: [...UNTIL_SIGNED_IN, ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a star clears the extension and the PIN, however often, without a failure',
    dialPlan: { inputFailuresBeforeDisconnect: 1, logonFailuresBeforeDisconnect: 1 },
    script: [
      press('519*', following('enter-extension')),
      press('5*', following('enter-extension')),
      press('51234', following('enter-extension')),
      press('1234567*', following('enter-pin')),
      press('198584#', following('enter-pin')),
      ...LEAVE,
    ],
    heard: [
      ...OPENING,
      'entry-cleared',
      'enter-extension',
      'entry-cleared',
      'enter-extension',
      'enter-pin',
      'entry-cleared',
      'enter-pin',
      ...LEFT,
    ],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a star where there is nothing to clear asks for the extension, without a failure',
    dialPlan: { inputFailuresBeforeDisconnect: 1 },
    script: [
      press('*', following('enter-extension')),
      press('51234*', following('enter-extension')),
      ...keyed('51234', '198584#'),
      ...LEAVE,
    ],
    heard: [...OPENING, 'enter-extension', 'enter-pin', 'enter-extension', 'enter-pin', ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'what was typed ahead behind a failed PIN is thrown away',
    script: [
      press('51234#111111#222222#333333#', atAnswer(), 0),
      press('198584#', following('enter-pin-again')),
      ...LEAVE,
    ],
    heard: [...STAR_OFFERED, ...LEFT],
    outcome: 'left',
    attempts: ['51234 failed', '51234 signed-in'],
  },
  {
    name: 'no key at all, three times',
    script: [],
    heard: [...OPENING, 'no-input', 'enter-extension', 'no-input', 'enter-extension', 'too-many-input-failures'],
    outcome: 'input-failures',
    attempts: [],
  },
  {
    name: 'no PIN, three times',
    script: [press('51234', following('enter-extension'))],
    heard: [...UNTIL_SIGNED_IN, 'no-input', 'enter-pin', 'no-input', 'enter-pin', 'too-many-input-failures'],
    outcome: 'input-failures',
    attempts: [],
  },
  {
    name: 'a whole entry starts a new row of input failures',
    script: [
      press('#', following('enter-extension')),
      press('12#', following('enter-extension')),
      press('51234', following('enter-extension')),
      press('198#', following('enter-pin')),
      press('#', following('enter-pin')),
      press('198584#', following('enter-pin')),
      ...LEAVE,
    ],
    heard: [
      ...OPENING,
      'no-input',
      'enter-extension',
      'extension-invalid',
      'enter-extension',
      'enter-pin',
      'pin-too-short',
      'enter-pin',
      'no-input',
      'enter-pin',
      ...LEFT,
    ],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a PIN that is whole but wrong starts a new row of input failures, too',
    script: [
      press('51234', following('enter-extension')),
      press('198#', following('enter-pin')),
      press('#', following('enter-pin')),
      press('111111#', following('enter-pin')),
      press('198#', following('enter-pin-again')),
      press('#', following('enter-pin-again')),
      press('198584#', following('enter-pin-again')),
      ...LEAVE,
    ],
    heard: [
      ...[...UNTIL_SIGNED_IN, 'pin-too-short', 'enter-pin', 'no-input', 'enter-pin', ...STAR_OFFERED],
      ...['pin-too-short', 'enter-pin-again', 'no-input', 'enter-pin-again', ...LEFT],
    ],
    outcome: 'left',
    attempts: ['51234 failed', '51234 signed-in'],
  },
  {
    name: 'an extension that a pause leaves too short',
    dialPlan: { inputFailuresBeforeDisconnect: 1 },
    script: [press('5123', following('enter-extension'))],
    heard: [...OPENING, 'too-many-input-failures'],
    outcome: 'input-failures',
    attempts: [],
  },
  {
    name: 'a PIN of 25 digits is an input failure and is not cut to 24; one of 24 is a PIN',
    mailboxes: [{ extension: '51234', pin: '1'.repeat(24) }],
    script: [
      press('51234', following('enter-extension')),
      press(`${'1'.repeat(25)}#`, following('enter-pin')),
      press(`${'1'.repeat(40)}*`, following('enter-pin')),
      press(`${'1'.repeat(24)}#`, following('enter-pin')),
      ...LEAVE,
    ],
    heard: [...UNTIL_SIGNED_IN, 'pin-too-long', 'enter-pin', 'entry-cleared', 'enter-pin', ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'the keys A to D are invalid: alone at once, within an entry when it ends',
    script: [
      press('A', during('welcome')),
      press('51B234', following('enter-extension')),
      press('51234', following('enter-extension')),
      press('C', during('enter-pin')),
      press('198D584#', following('enter-pin')),
      press('198584#', following('enter-pin')),
      ...LEAVE,
    ],
    heard: [
      'welcome',
      'invalid-key',
      'enter-extension',
      'invalid-key',
      'enter-extension',
      'enter-pin',
      'invalid-key',
      'enter-pin',
      'invalid-key',
      'enter-pin',
      ...LEFT,
    ],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a number that a trusted peer asserts: only the PIN is asked',
    assertedNumber: '+14255550100',
    script: [press('198584#', following('enter-pin-known-caller')), ...LEAVE],
    heard: [
      'welcome',
      'mailbox-of',
      'digit-5',
      'digit-1',
      'digit-2',
      'digit-3',
      'digit-4-final',
      'enter-pin-known-caller',
      ...LEFT,
    ],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a known number, but not my mailbox',
    assertedNumber: '51234',
    mailboxes: [TONY, { extension: '60000', pin: '805317' }],
    script: [press('*', during('mailbox-of')), ...keyed('60000', '805317#'), ...LEAVE],
    heard: ['welcome', 'mailbox-of', 'enter-extension', 'enter-pin', ...LEFT],
    outcome: 'left',
    attempts: ['60000 signed-in'],
  },
  {
    name: 'a known number: its mailbox is said once',
    assertedNumber: '51234',
    script: [press('198#', during('welcome')), press('198584#', following('enter-pin-known-caller')), ...LEAVE],
    heard: ['welcome', 'pin-too-short', 'enter-pin-known-caller', ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'an asserted number that is nobody here',
    assertedNumber: '+14255550199',
    script: [...keyed('51234', '198584#'), ...LEAVE],
    heard: [...UNTIL_SIGNED_IN, ...LEFT],
    outcome: 'left',
    attempts: ['51234 signed-in'],
  },
  {
    name: 'a failure that has the PIN replaced ends the call, although more attempts were left',
    mailboxes: [{ ...TONY, failuresBeforeReset: 2 }],
    script: [...keyed('51234#', '111111#'), press('222222#', following('enter-pin-again'))],
    heard: [...UNTIL_SIGNED_IN, ...STAR_OFFERED, 'pin-was-reset'],
    outcome: 'pin-reset',
    attempts: ['51234 failed', '51234 pin-reset'],
  },
  {
    name: 'a mailbox that an administrator has to unlock',
    mailboxes: [{ ...TONY, verdict: { kind: 'locked', opensByItself: false } }],
    script: keyed('51234#', '198584#'),
    heard: [...UNTIL_SIGNED_IN, 'mailbox-locked', 'ask-administrator', 'goodbye'],
    outcome: 'mailbox-locked',
    attempts: ['51234 locked'],
  },
  {
    name: 'a mailbox whose lock opens by itself',
    mailboxes: [{ ...TONY, verdict: { kind: 'locked', opensByItself: true } }],
    script: keyed('51234#', '198584#'),
    heard: [...UNTIL_SIGNED_IN, 'mailbox-locked', 'ask-administrator', 'or-try-later', 'goodbye'],
    outcome: 'mailbox-locked',
    attempts: ['51234 locked'],
  },
  {
    name: 'a source with too many failures',
    mailboxes: [{ ...TONY, verdict: { kind: 'source-refused' } }],
    script: keyed('51234#', '198584#'),
    heard: [...UNTIL_SIGNED_IN, 'source-refused'],
    outcome: 'source-refused',
    attempts: ['51234 source-refused'],
  },
  {
    name: 'an attempt that was not looked at, for too many were waiting',
    mailboxes: [{ ...TONY, verdict: { kind: 'overloaded' } }],
    script: keyed('51234#', '198584#'),
    heard: [...UNTIL_SIGNED_IN, 'overloaded'],
    outcome: 'overloaded',
    attempts: ['51234 overloaded'],
  },
];

describe('sign-in by touch tone', () => {
  it.each(CASES)('$name', async ({ name: _, heard, outcome, attempts, ...rehearsal }) => {
    const call = await rehearse(rehearsal);

    expect(call.heard).toEqual(heard);
    expect(call.outcome.kind).toBe(outcome);
    expect(call.attempts.map(({ extension, verdict }) => `${extension} ${verdict}`)).toEqual(attempts);
  });

  it.each(CASES)(
    'with the hang-up at every wait: $name',
    async ({ name: _, heard, outcome: __, attempts: ___, ...rehearsal }) => {
      expect(await rehearseHangUps(rehearsal)).toBeGreaterThan(heard.length);
    },
  );
});

describe('what tells an unknown extension from a wrong PIN', () => {
  const call = (extension: string, mailboxes = [TONY]) =>
    rehearse({
      mailboxes,
      script: [
        press(`${extension}#`, following('enter-extension')),
        press('111111#', following('enter-pin')),
        press('12#', following('enter-pin-again')),
        press('222222#', following('enter-pin-again')),
        press('*', following('enter-pin-again')),
        press(`${extension}#`, following('enter-extension')),
        press('333333#', following('enter-pin')),
      ],
    });

  it('is nothing that the caller can hear or time', async () => {
    const [known, unknown] = [await call('51234'), await call('51235')];
    expect(unknown.phrases).toEqual(known.phrases);
    expect(unknown.outcome).toEqual(known.outcome);
    expect(unknown.duration).toBe(known.duration);
    expect(known.heard.at(-1)).toBe('too-many-sign-in-failures');
  });
});

describe('a key', () => {
  it('stops the prompt at once', async () => {
    const { phrases } = await rehearse({
      script: [press('51234', during('welcome', 250)), press('198584#', during('enter-pin', 10)), ...LEAVE],
    });
    expect(phrases.slice(0, 2).map(({ id, milliseconds, whole }) => [id, milliseconds, whole])).toEqual([
      ['welcome', 250, false],
      ['enter-pin', 10, false],
    ]);
  });

  it('is not kept waiting by a media server that is slow to confirm the silence', async () => {
    const { phrases } = await rehearse({
      stopLatency: 400,
      script: [press('51234', during('welcome', 250), 0), press('198584#', following('enter-pin')), ...LEAVE],
    });
    expect(phrases.find(({ id }) => id === 'enter-pin')?.from).toBe(250);
  });

  it('pressed while a service decides is kept for the menu when the PIN was right', async () => {
    const { heard, outcome } = await rehearse({
      serviceTime: 1_000,
      script: [...keyed('51234', '198584#'), press('**', later(300))],
    });
    expect(heard).toEqual([...UNTIL_SIGNED_IN, 'goodbye']);
    expect(outcome).toEqual({ kind: 'left' });
  });
});

describe('time-outs', () => {
  it('wait seven seconds for a first key and five between the digits of an extension', async () => {
    const { phrases } = await rehearse({ script: [press('512', following('enter-extension', 6_900), 4_900)] });
    const begins = (id: string) => phrases.find((one) => one.id === id)?.from;
    // Two sentences and the breath between them; the key comes 6.9 s later, and two more with 4.9 s between them.
    const twoSentences = 2_250;
    expect(begins('extension-invalid')).toBe(twoSentences + 6_900 + 2 * 4_900 + 5_000);
    expect(begins('no-input')).toBe(twoSentences + 6_900 + 2 * 4_900 + 5_000 + twoSentences + 7_000);
  });

  it('let seven seconds pass between the digits of a PIN, because half a PIN would be counted', async () => {
    const { attempts, duration } = await rehearse({
      script: [
        press('51234', following('enter-extension')),
        press('1985', following('enter-pin'), 6_900),
        press('84#', later(6_900), 6_900),
        ...LEAVE,
      ],
    });
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['signed-in']);
    expect(duration).toBeGreaterThan(6 * 6_900);
  });
});

describe('an answer that is long in coming', () => {
  it('has the caller asked to wait, as long as it lasts', async () => {
    const { heard, phrases } = await rehearse({
      serviceTime: 2_600,
      script: [...keyed('51234', '198584#'), ...LEAVE],
    });
    expect(heard).toEqual([...UNTIL_SIGNED_IN, 'please-wait', ...LEFT]);
    expect(phrases.find(({ id }) => id === 'please-wait')?.milliseconds).toBe(600);
  });

  it('is waited for when the caller hangs up meanwhile, and then says whether they were signed in', async () => {
    expect(
      await rehearseHangUps({ serviceTime: 2_600, script: [...keyed('51234', '198584#'), ...LEAVE] }),
    ).toBeGreaterThan(9);
  });
});
