import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CALL_ENDS } from '../domain/call-end.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { FakeClock } from '../testing/clock.ts';
import { InMemoryPinChanges } from '../testing/in-memory-pin-changes.ts';
import { InMemorySignIn, MemorySession } from '../testing/in-memory-sign-in.ts';
import {
  DIAL_PLAN,
  PHRASE_BOOKS,
  PIN_RULES,
  rehearse,
  rehearseHangUps,
  sessionEnds,
  TONY,
} from '../testing/rehearsal.ts';
import { atAnswer, during, following, hangUp, later, press, ScriptedLine } from '../testing/scripted-line.ts';
import { createConversation } from './call.ts';
import type { CallFacts } from './conversation.ts';

const SIGN_IN = press('51234#198584#', atAnswer(), 0);

describe('a call that is ended from outside', () => {
  it.each(CALL_ENDS)('says so, and why: %s', async (by) => {
    const { outcome } = await rehearse({ script: [hangUp(during('welcome'), by)] });
    expect(outcome).toEqual({ kind: 'ended', by, signedIn: false });
  });

  it('says that the caller was signed in', async () => {
    const { outcome } = await rehearse({ script: [SIGN_IN, hangUp(during('main-menu'))] });
    expect(outcome).toEqual({ kind: 'ended', by: 'caller-hung-up', signedIn: true });
  });

  it('has an attempt decided that had begun, and counts as signed in when it succeeded', async () => {
    const { outcome, attempts } = await rehearse({
      serviceTime: 1_000,
      script: [SIGN_IN, hangUp(later(10))],
    });
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['signed-in']);
    expect(outcome).toEqual({ kind: 'ended', by: 'caller-hung-up', signedIn: true });
  });

  it('attempts nothing with keys that were still waiting', async () => {
    const { outcome, attempts } = await rehearse({
      serviceTime: 1_000,
      script: [press('51234#111111#', atAnswer(), 0), press('222222#', later(10), 0), hangUp(later(10))],
    });
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['failed']);
    expect(outcome).toEqual({ kind: 'ended', by: 'caller-hung-up', signedIn: false });
  });
});

describe('a session that may not go on', () => {
  it.each([
    ['pin-reset', 'pin-reset'],
    ['pin-changed', 'pin-changed'],
    ['locked', 'mailbox-locked'],
    ['disabled', 'mailbox-disabled'],
  ] as const)('because of %s ends its call', async (why, by) => {
    const { outcome, heard } = await rehearse({ script: [SIGN_IN, sessionEnds(during('main-menu'), why)] });
    expect(heard).toEqual(['signed-in', 'main-menu']);
    expect(outcome).toEqual({ kind: 'ended', by, signedIn: true });
  });

  it('ends it as well in the middle of a change of PIN, of which nothing is stored', async () => {
    const { outcome, changes } = await rehearse({
      mailboxes: [{ ...TONY, changeCauses: ['pin-expired'] }],
      serviceTime: 1_000,
      script: [
        SIGN_IN,
        press('805317#', during('enter-new-pin'), 0),
        press('805317#', during('confirm-new-pin'), 0),
        sessionEnds(later(500), 'locked'),
      ],
    });
    expect(changes.map(({ result }) => result)).toEqual(['session-over']);
    expect(outcome).toEqual({ kind: 'ended', by: 'mailbox-locked', signedIn: true });
  });

  it('has its end noticed although it came before anybody listened', async () => {
    const clock = new FakeClock();
    const line = new ScriptedLine({ clock, script: [SIGN_IN] });
    const session = new MemorySession(TONY);
    session.end('pin-reset');
    const conversation = createConversation({
      clock,
      meter: new CapturedMeter(),
      phraseBooks: PHRASE_BOOKS,
      signIn: { recognise: async () => undefined, attempt: async () => ({ kind: 'signed-in', session }) },
      pinChanges: new InMemoryPinChanges({ clock, rules: PIN_RULES, history: [] }),
      dialPlanOf: async () => DIAL_PLAN,
    });
    const outcome = await clock.untilSettled(
      conversation.run(line, {
        callId: 'call-1',
        dialPlan: DIAL_PLAN,
        peer: '192.0.2.10',
        peerIsTrusted: false,
        log: new CapturedLog(),
        end: (reason) => line.hangUp(reason),
      }),
    );
    expect(line.heard).toEqual([]);
    expect(outcome).toEqual({ kind: 'ended', by: 'pin-reset', signedIn: true });
    expect(session.isClosed).toBe(true);
  });
});

describe('a fault', () => {
  const serviceFault = Object.assign(new Error('could not count the attempt of 51234'), { code: 'SQLITE_FULL' });

  it('of a service is logged without digits, and the caller hears an apology', async () => {
    const { outcome, heard, log } = await rehearse({ serviceFault, script: [SIGN_IN] });
    expect(outcome).toEqual({ kind: 'fault' });
    expect(heard).toEqual(['system-error']);
    const errors = log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({
      fault: { message: expect.stringMatching(/could not/), code: 'SQLITE_FULL' },
    });
    expect(inspect(errors[0], { depth: 9 })).not.toContain('51234');
  });

  it('of a prompt is one, too', async () => {
    const { outcome, heard } = await rehearse({ broken: ['enter-extension'], script: [] });
    expect(outcome).toEqual({ kind: 'fault' });
    expect(heard).toEqual(['welcome', 'system-error']);
  });

  it('of the apology itself ends the call all the same', async () => {
    const { outcome, heard, log } = await rehearse({ broken: ['welcome', 'system-error'], script: [] });
    expect(outcome).toEqual({ kind: 'fault' });
    expect(heard).toEqual([]);
    expect(log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('stays the outcome when the caller does not wait for the apology', async () => {
    const { outcome, log } = await rehearse({ serviceFault, script: [SIGN_IN, hangUp(during('system-error'))] });
    expect(outcome).toEqual({ kind: 'fault' });
    expect(log.filter(({ level }) => level !== 'debug')).toHaveLength(1);
  });

  it('after a hang-up is logged, and the call was ended by the caller', async () => {
    const { outcome, log } = await rehearse({
      serviceTime: 1_000,
      serviceFault,
      script: [SIGN_IN, hangUp(later(10))],
    });
    expect(outcome).toEqual({ kind: 'ended', by: 'caller-hung-up', signedIn: false });
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('of the prompt that asks to wait changes nothing', async () => {
    const { outcome, heard } = await rehearse({
      serviceTime: 3_000,
      broken: ['please-wait'],
      script: [SIGN_IN, press('**', during('signed-in'))],
    });
    expect(outcome).toEqual({ kind: 'left' });
    expect(heard).toEqual(['signed-in', 'leave-confirm', 'goodbye']);
  });
});

describe('what is logged of a call', () => {
  it('is the prompts, and no key, extension or PIN', async () => {
    const { log, heard } = await rehearse({
      assertedNumber: '51234',
      script: [
        press('805317#', following('enter-pin-known-caller')),
        press('*', during('sign-in-failed')),
        press('51234', following('enter-extension')),
        press('198584#', following('enter-pin')),
        press('**', during('signed-in')),
      ],
    });
    expect(heard).toContain('digit-4-final');
    expect(log[0]).toMatchObject({
      level: 'debug',
      fields: {
        prompts: ['welcome', 'mailbox-of', 'digit', 'digit', 'digit', 'digit', 'digit', 'enter-pin-known-caller'],
      },
    });
    expect(inspect(log, { depth: 9 })).not.toMatch(/\d/);
  });

  it('is how many keys a call could not hold', async () => {
    const { log, outcome } = await rehearse({ script: [press('7'.repeat(70), atAnswer(), 0)] });
    expect(outcome.kind).toBe('input-failures');
    expect(log.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([{ dropped: 6 }]);
  });
});

describe('the conversation', () => {
  const conversation = (clock: FakeClock) =>
    createConversation({
      clock,
      meter: new CapturedMeter(),
      phraseBooks: PHRASE_BOOKS,
      signIn: new InMemorySignIn({ clock, mailboxes: [TONY] }),
      pinChanges: new InMemoryPinChanges({ clock, rules: PIN_RULES, history: [] }),
      dialPlanOf: async (number) => (number === '5000' ? DIAL_PLAN : undefined),
    });
  const call: CallFacts = {
    callId: 'call-1',
    dialPlan: DIAL_PLAN,
    peer: '192.0.2.10',
    peerIsTrusted: false,
    log: new CapturedLog(),
    end: () => {},
  };

  it('knows the dial plan of an access number', async () => {
    const { dialPlanOf } = conversation(new FakeClock());
    expect(await dialPlanOf('5000')).toBe(DIAL_PLAN);
    expect(await dialPlanOf('5001')).toBeUndefined();
  });

  it('says farewell where somebody can hear it, and nothing where nobody can', () => {
    const { farewell } = conversation(new FakeClock());
    const said = Object.fromEntries(CALL_ENDS.map((end) => [end, farewell(end, call).map(({ id }) => id)]));
    expect(said).toEqual({
      'caller-hung-up': [],
      'caller-cancelled': [],
      'not-acknowledged': [],
      'session-expired': [],
      'media-lost': [],
      'media-server-lost': [],
      'signalling-lost': ['system-error'],
      'maximum-duration': ['call-too-long'],
      administrator: ['ended-by-administrator'],
      'pin-reset': ['ended-pin-reset'],
      'pin-changed': ['ended-pin-changed'],
      'mailbox-locked': ['ended-mailbox-locked'],
      'mailbox-disabled': ['ended-mailbox-disabled'],
      drain: ['service-closing'],
      fault: ['system-error'],
    });
  });

  it('never rejects, even when the line has a listener already', async () => {
    const clock = new FakeClock();
    const line = new ScriptedLine({ clock, script: [] });
    line.onKey(() => {});
    expect(await clock.untilSettled(conversation(clock).run(line, call))).toEqual({ kind: 'fault' });
  });

  it('of a call that ended before it began is over at once', async () => {
    const clock = new FakeClock();
    const line = new ScriptedLine({ clock, script: [] });
    line.hangUp('caller-cancelled');
    const outcome = await clock.untilSettled(conversation(clock).run(line, call));
    expect(outcome).toEqual({ kind: 'ended', by: 'caller-cancelled', signedIn: false });
    expect(clock.monotonic()).toBe(0);
  });
});

describe('the rehearsal with hang-ups', () => {
  it('covers the plays, the waits for keys, and the calls of services', async () => {
    const script = [
      press('51234', following('enter-extension')),
      press('198584#', following('enter-pin')),
      press('**', during('signed-in')),
    ];
    // Five prompts; one wait for each of the twelve keys of extension and PIN, none for the two that were keyed while
    // a prompt played; the call of the service, and the timer that would ask for patience.
    expect((await rehearse({ script })).waits).toBe(5 + 12 + 2);
    expect(await rehearseHangUps({ script })).toBe(3 * 19);
  });
});
