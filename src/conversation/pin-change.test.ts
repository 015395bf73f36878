import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PinChanged } from '../services/pin-changes.ts';
import type { MemoryMailbox } from '../testing/in-memory-sign-in.ts';
import { type Rehearsal, type Rehearsed, rehearse, rehearseHangUps, TONY } from '../testing/rehearsal.ts';
import { atAnswer, during, following, hangUp, later, press, type Step } from '../testing/scripted-line.ts';

const DUE: MemoryMailbox = { ...TONY, changeCauses: ['pin-expired'] };

const SIGN_IN = press('51234#198584#', atAnswer(), 0);

/** What is heard of a forced change up to the first key, and of its confirmation. */
const DUE_NOW = ['signed-in', 'cause-pin-expired', 'forced-change'];
const MINIMUM = ['new-pin-minimum', 'number-6', 'new-pin-digits'];
const FIRST_QUESTION = ['enter-new-pin', ...MINIMUM];
const QUESTION = ['enter-new-pin'];
const CONFIRM = ['confirm-new-pin'];

const LEAVE: readonly Step[] = [press('*', during('pin-changed')), press('*', during('leave-confirm'))];
const CHANGED_AND_LEFT = ['pin-changed', 'leave-confirm', 'goodbye'];

/** A new PIN, and the same again. */
const chosen = (pin: string, again = pin): readonly Step[] => [
  press(`${pin}#`, following('enter-new-pin')),
  press(`${again}#`, following('confirm-new-pin')),
];

interface Case extends Rehearsal {
  readonly name: string;
  readonly heard: readonly string[];
  readonly outcome: string;
  /** What was confirmed, and what came of it. */
  readonly changes: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a new PIN, keyed twice',
    script: [SIGN_IN, ...chosen('805317'), ...LEAVE],
    heard: [...DUE_NOW, ...FIRST_QUESTION, ...CONFIRM, ...CHANGED_AND_LEFT],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'everything typed ahead at the answer',
    script: [press('51234#198584#805317#805317#**', atAnswer(), 0)],
    heard: ['goodbye'],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'a forgotten # behind both entries: a pause ends them',
    script: [
      SIGN_IN,
      press('805317', following('enter-new-pin')),
      press('805317', following('confirm-new-pin')),
      ...LEAVE,
    ],
    heard: [...DUE_NOW, ...FIRST_QUESTION, ...CONFIRM, ...CHANGED_AND_LEFT],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'two refusals, each naming its rule, then a good PIN',
    script: [
      SIGN_IN,
      press('123456#', following('enter-new-pin')),
      press('12345#', following('enter-new-pin')),
      ...chosen('805317'),
      ...LEAVE,
    ],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, 'refused-sequential', ...QUESTION, 'refused-too-short', ...MINIMUM],
      ...[...QUESTION, ...CONFIRM, ...CHANGED_AND_LEFT],
    ],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'three refusals',
    script: [
      SIGN_IN,
      press('123456#', following('enter-new-pin')),
      press('198584#', following('enter-new-pin')),
      press(`${'8'.repeat(25)}#`, following('enter-new-pin')),
    ],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, 'refused-sequential', ...QUESTION],
      ...['refused-used-before', 'number-5', 'refused-used-before-end', ...QUESTION],
      ...['pin-too-long', 'too-many-pin-refusals'],
    ],
    outcome: 'pin-change-failures',
    changes: [],
  },
  {
    name: 'refusals and mismatches add up',
    script: [
      SIGN_IN,
      ...chosen('805317', '805371'),
      press('51234#', following('enter-new-pin')),
      ...chosen('805317', '8'.repeat(25)),
    ],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, ...CONFIRM, 'pins-differ', ...QUESTION, 'refused-too-short', ...MINIMUM],
      ...[...QUESTION, ...CONFIRM, 'pins-differ', 'too-many-pin-refusals'],
    ],
    outcome: 'pin-change-failures',
    changes: [],
  },
  {
    name: 'what was typed ahead behind a refusal, and behind a mismatch, is thrown away',
    script: [
      press('51234#198584#123456#805317#805317#', atAnswer(), 0),
      press('805317#805371#805317#805317#', following('enter-new-pin'), 0),
      ...chosen('805317'),
      ...LEAVE,
    ],
    heard: ['refused-sequential', ...QUESTION, 'pins-differ', ...QUESTION, ...CONFIRM, ...CHANGED_AND_LEFT],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'a star clears either entry, however often, without a failure',
    dialPlan: { inputFailuresBeforeDisconnect: 1 },
    script: [
      SIGN_IN,
      press('805*', following('enter-new-pin')),
      press('80531*', following('enter-new-pin')),
      press('805317#', following('enter-new-pin')),
      press('8*', following('confirm-new-pin')),
      press('805317#', following('confirm-new-pin')),
      ...LEAVE,
    ],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, 'entry-cleared', ...FIRST_QUESTION, 'entry-cleared', ...FIRST_QUESTION],
      ...[...CONFIRM, 'entry-cleared', ...CONFIRM, ...CHANGED_AND_LEFT],
    ],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'a star leads nowhere before the change is done',
    script: [
      SIGN_IN,
      press('*', following('new-pin-digits')),
      press('805317#', following('enter-new-pin')),
      press('*', following('confirm-new-pin')),
      press('*', following('enter-new-pin')),
      ...chosen('805317'),
      ...LEAVE,
    ],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, 'change-required', ...QUESTION, ...CONFIRM, 'change-required', ...QUESTION],
      ...['change-required', ...QUESTION, ...CONFIRM, ...CHANGED_AND_LEFT],
    ],
    outcome: 'left',
    changes: ['805317 changed'],
  },
  {
    name: 'three stars in a row are input failures',
    script: [SIGN_IN, press('***', during('forced-change'))],
    heard: [...DUE_NOW, 'change-required', 'change-required', 'too-many-input-failures'],
    outcome: 'input-failures',
    changes: [],
  },
  {
    name: 'trying PINs out without confirming them is limited, too',
    script: [SIGN_IN, press('805317#*805318#*805319#*', during('forced-change'))],
    heard: [
      ...[...DUE_NOW, ...CONFIRM, 'change-required', ...CONFIRM, 'change-required', ...CONFIRM],
      ...['change-required', 'too-many-pin-refusals'],
    ],
    outcome: 'pin-change-failures',
    changes: [],
  },
  {
    name: 'nothing keyed, and a key that is none of a PIN',
    script: [SIGN_IN, press('A', during('forced-change')), press('#', following('enter-new-pin'))],
    heard: [
      ...[...DUE_NOW, 'invalid-key', ...FIRST_QUESTION],
      ...['no-input', ...FIRST_QUESTION, 'too-many-input-failures'],
    ],
    outcome: 'input-failures',
    changes: [],
  },
  {
    name: 'no confirmation',
    script: [SIGN_IN, press('805317#', following('enter-new-pin'))],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, ...CONFIRM, 'no-input', ...CONFIRM, 'no-input', ...CONFIRM],
      'too-many-input-failures',
    ],
    outcome: 'input-failures',
    changes: [],
  },
  {
    name: 'a policy that became stricter in between refuses what was confirmed',
    changeResult: { kind: 'refused', refusal: { kind: 'too-short', minimum: 8 } },
    dialPlan: { inputFailuresBeforeDisconnect: 2 },
    script: [SIGN_IN, ...chosen('805317'), ...chosen('805318')],
    heard: [
      ...[...DUE_NOW, ...FIRST_QUESTION, ...CONFIRM, 'refused-too-short', 'new-pin-minimum', 'number-8'],
      ...['new-pin-digits', ...QUESTION, ...CONFIRM, 'refused-too-short', 'new-pin-minimum', 'number-8'],
      ...['new-pin-digits', 'too-many-pin-refusals'],
    ],
    outcome: 'pin-change-failures',
    changes: ['805317 refused', '805318 refused'],
  },
];

describe('a change of PIN that is due', () => {
  it.each(CASES)('$name', async ({ name: _, heard, outcome, changes, ...rehearsal }) => {
    const call = await rehearse({ mailboxes: [DUE], ...rehearsal });

    expect(call.heard).toEqual(heard);
    expect(call.outcome.kind).toBe(outcome);
    expect(call.changes.map(({ pin, result }) => `${pin} ${result}`)).toEqual(changes);
  });

  it.each(CASES)('with the hang-up at every wait: $name', async (one) => {
    const { name: _, heard, outcome: __, changes: ___, ...rehearsal } = one;
    expect(await rehearseHangUps({ mailboxes: [DUE], ...rehearsal })).toBeGreaterThan(heard.length);
  });

  it('says every cause that holds', async () => {
    const { heard } = await rehearse({
      mailboxes: [{ ...TONY, changeCauses: ['pin-expired', 'first-time', 'lifetime', 'too-short'] }],
      script: [SIGN_IN, ...chosen('805317'), ...LEAVE],
    });
    expect(heard.slice(0, 6)).toEqual([
      ...['signed-in', 'cause-pin-expired', 'cause-first-time', 'cause-lifetime', 'cause-too-short', 'forced-change'],
    ]);
  });

  it('tells the service where the call comes from', async () => {
    const { changes } = await rehearse({
      mailboxes: [DUE],
      assertedNumber: '51234',
      script: [press('198584#805317#805317#**', atAnswer(), 0)],
    });
    expect(changes[0]?.source).toEqual({
      callId: 'call-1',
      peer: '192.0.2.10',
      peerIsTrusted: true,
      assertedNumber: '51234',
    });
  });

  it('leaves no PIN in the log', async () => {
    const script = [SIGN_IN, press('918273#', following('enter-new-pin')), ...chosen('805317'), ...LEAVE];
    const { log } = await rehearse({ mailboxes: [DUE], formerPins: ['918273'], script });
    expect(inspect(log, { depth: 9 })).not.toMatch(/805317|918273|198584/);
  });

  it('gives a caller fourteen seconds to think of a PIN', async () => {
    const { heard } = await rehearse({
      mailboxes: [DUE],
      script: [SIGN_IN, press('805317#', following('enter-new-pin', 13_900)), ...chosen('805317').slice(1), ...LEAVE],
    });
    expect(heard).not.toContain('no-input');
  });

  it('asks for patience while PINs are compared', async () => {
    const { heard } = await rehearse({
      mailboxes: [DUE],
      serviceTime: 2_600,
      script: [SIGN_IN, ...chosen('805317'), ...LEAVE],
    });
    expect(heard.filter((id) => id === 'please-wait')).toHaveLength(4);
  });

  it('that fails is a fault, and nothing is reachable behind it', async () => {
    const { heard, outcome } = await rehearse({
      mailboxes: [DUE],
      changeFault: new Error('no database'),
      script: [SIGN_IN],
    });
    expect(heard).toEqual(['system-error']);
    expect(outcome).toEqual({ kind: 'fault' });
  });

  it('ends the call when the mailbox was changed meanwhile, although nobody has said so yet', async () => {
    const result: PinChanged = { kind: 'session-over' };
    const { heard, outcome } = await rehearse({
      mailboxes: [DUE],
      changeResult: result,
      script: [SIGN_IN, ...chosen('805317')],
    });
    expect(heard.at(-1)).toBe('confirm-new-pin');
    expect(outcome).toEqual({ kind: 'ended', by: 'pin-changed', signedIn: true });
  });
});

describe('the rule that refuses a PIN is named', () => {
  it.each([
    ['12', ['refused-too-short', ...MINIMUM]],
    ['8'.repeat(25), ['pin-too-long']],
    ['851234', ['refused-contains-extension']],
    ['234567', ['refused-sequential']],
    ['888888', ['refused-one-digit']],
    ['408408', ['refused-repeated-group']],
    ['147258', ['refused-keypad-pattern']],
    ['198512', ['refused-date']],
    ['112233', ['refused-most-used']],
    ['198584', ['refused-used-before', 'number-5', 'refused-used-before-end']],
  ])('%s', async (pin, refusal) => {
    const { heard } = await rehearse({
      mailboxes: [DUE],
      dialPlan: { inputFailuresBeforeDisconnect: 1 },
      script: [SIGN_IN, press(`${pin}#`, following('enter-new-pin'))],
    });
    expect(heard).toEqual([...DUE_NOW, ...FIRST_QUESTION, ...refusal, 'too-many-pin-refusals']);
  });
});

describe('a hang-up in the middle of a change', () => {
  /** All keys up to the last # of the confirmation. */
  const CONFIRMED = '51234#198584#'.length + '805317#805317#'.length;

  function check({ changes, keysPressed }: Rehearsed): void {
    // The service may have had no time to begin, as when the caller hung up while the first entry was being judged.
    expect(changes.map(({ result }) => result)).toEqual(keysPressed >= CONFIRMED ? ['changed'] : []);
  }

  it.each([40, 3_000])('stores a PIN exactly if it was keyed twice, services taking %i ms', async (serviceTime) => {
    const script = [SIGN_IN, ...chosen('805317'), ...LEAVE];
    await rehearseHangUps({ mailboxes: [DUE], serviceTime, script }, check);
  });

  it('stores one that was confirmed ahead while the first entry was judged', async () => {
    const script = (...end: readonly Step[]): Rehearsal => ({
      mailboxes: [DUE],
      serviceTime: 1_000,
      script: [SIGN_IN, press('805317#', during('enter-new-pin'), 0), press('805317#', later(300), 0), ...end],
    });
    const whole = await rehearse(script(hangUp(later(100))));
    expect(whole.changes.map(({ result }) => result)).toEqual(['changed']);
    expect(whole.outcome).toEqual({ kind: 'ended', by: 'caller-hung-up', signedIn: true });
  });

  it('stores none whose confirmation lacks its end, or differs, or was never asked for', async () => {
    for (const keys of ['805317', '805371#', '']) {
      const { changes } = await rehearse({
        mailboxes: [DUE],
        serviceTime: 1_000,
        script: [SIGN_IN, press('805317#', during('enter-new-pin'), 0), press(keys, later(300), 0), hangUp(later(100))],
      });
      expect(changes).toEqual([]);
    }
    const ahead = await rehearse({
      mailboxes: [DUE],
      serviceTime: 1_000,
      script: [press('51234#198584#805317#805317#', atAnswer(), 0), hangUp(later(300))],
    });
    expect(ahead.changes).toEqual([]);
  });
});

describe('whatever is keyed', () => {
  /** Keys as callers press them, and whole answers, without which hardly any call would get far. */
  const keys = fc
    .array(
      fc.oneof(
        fc.constantFrom(...'0123456789*#ABCD'),
        fc.constantFrom('805317#', '805317#805317#', '805318#', '123456#', '12#', '*', '6', '3'),
      ),
      { maxLength: 40 },
    )
    .map((pieces) => pieces.join(''));
  const MENUS = ['main-menu', 'menu-personal-options', 'personal-options', 'leave-confirm', 'goodbye', 'pin-kept'];

  it('nothing is reachable before the change that is due is done', async () => {
    const reached = { before: 0, after: 0 };
    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom(0, 150, 1_200), async (pressed, gap) => {
        const call = await rehearse({
          mailboxes: [DUE],
          dialPlan: { inputFailuresBeforeDisconnect: 20 },
          script: [SIGN_IN, press(pressed, gap === 0 ? later(0) : during('forced-change'), gap)],
        });
        const isDone = call.changes.some(({ result }) => result === 'changed');
        reached[isDone ? 'after' : 'before'] += 1;
        if (isDone) return;
        expect(call.heard.filter((id) => MENUS.includes(id))).toEqual([]);
        expect(call.outcome.kind).not.toBe('left');
      }),
      { numRuns: 500 },
    );
    expect(reached.before).toBeGreaterThan(10);
    expect(reached.after).toBeGreaterThan(10);
  });
});
