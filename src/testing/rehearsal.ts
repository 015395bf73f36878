import { getEventListeners } from 'node:events';
import { createConversation } from '../conversation/call.ts';
import type { CallFacts } from '../conversation/conversation.ts';
import { PHRASE_IDS, PhraseBooks, Phrases } from '../conversation/phrases.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { Clock } from '../domain/clock.ts';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import type { PinRules } from '../domain/pin-policy.ts';
import type { PinChanged } from '../services/pin-changes.ts';
import type { SessionEnd } from '../services/sign-in.ts';
import { CapturedLog, type LogLine } from './captured-log.ts';
import { CapturedMeter, type Measurement } from './captured-meter.ts';
import { FakeClock } from './clock.ts';
import { type ChangeRecord, InMemoryPinChanges } from './in-memory-pin-changes.ts';
import { type AttemptRecord, InMemorySignIn, type MemoryMailbox } from './in-memory-sign-in.ts';
import { type HeardPhrase, type Moment, ScriptedLine, type Step } from './scripted-line.ts';

/** The dial plan of rehearsals: five digits, and the defaults of SPEC §1. */
export const DIAL_PLAN: DialPlan = {
  id: 'dial-plan-1' as DialPlanId,
  name: 'Contoso',
  extensionDigits: 5,
  ...DIAL_PLAN_DEFAULTS,
};

/** The mailbox of rehearsals. */
export const TONY: MemoryMailbox = { extension: '51234', pin: '198584', numbers: ['+14255550100'] };

/** The rules for new PINs in rehearsals. */
export const PIN_RULES: PinRules = { minPinLength: 6, allowCommonPatterns: false, extensions: [TONY.extension] };

/** What happens to the mailbox while the call is signed in to it. */
interface SessionEndStep {
  readonly at: Moment;
  readonly sessionEnds: SessionEnd;
}

export const sessionEnds = (at: Moment, why: SessionEnd): SessionEndStep => ({ at, sessionEnds: why });

/** One call: who is there, what the caller does, and what goes wrong. */
export interface Rehearsal {
  readonly script: readonly (Step | SessionEndStep)[];
  readonly mailboxes?: readonly MemoryMailbox[];
  readonly dialPlan?: Partial<DialPlan>;
  readonly assertedNumber?: string;
  /** The PINs that may not be used again; default the first mailbox's own. */
  readonly formerPins?: readonly string[];
  /** What the storing of a new PIN comes to; default that it is stored. */
  readonly changeResult?: PinChanged;
  /** The wall clock as the call begins, in milliseconds since 1970. */
  readonly now?: number;
  /** How long each call of a service takes, in milliseconds; default 40. */
  readonly serviceTime?: number;
  /** What the services fail with. */
  readonly serviceFault?: Error;
  /** What changing a PIN fails with, while signing in works. */
  readonly changeFault?: Error;
  /** How slow the media server is to confirm a silence, in milliseconds. */
  readonly stopLatency?: number;
  /** How long after the command the first sound of a prompt is heard, in milliseconds; default 0. */
  readonly soundLatency?: number;
  /** Phrases that the media server fails to play. */
  readonly broken?: readonly string[];
}

export interface Rehearsed {
  readonly outcome: CallOutcome;
  /** The ids of what was heard, in order; a prompt that was not played because a key was waiting is not here. */
  readonly heard: readonly string[];
  readonly phrases: readonly HeardPhrase[];
  readonly attempts: readonly AttemptRecord[];
  /** The new PINs that were confirmed. */
  readonly changes: readonly ChangeRecord[];
  readonly keysPressed: number;
  readonly log: readonly LogLine[];
  readonly measured: readonly Measurement[];
  /** How long the call took, in milliseconds of its clock. */
  readonly duration: number;
  /** How many waits the conversation had: plays, timers, and calls of services. */
  readonly waits: number;
}

/** When the caller hangs up: at which wait of the conversation, and how many milliseconds into it. */
interface HangUpPoint {
  readonly wait: number;
  /** Undefined is the moment at which the wait is being entered. */
  readonly into: number | undefined;
}

/** A book of phrases whose files nobody opens. */
export const PHRASE_BOOKS = new PhraseBooks(
  new Map([['en-US', new Phrases(new Map(PHRASE_IDS.map((id) => [id, `en-US/${id}.wav`])))]]),
);

/** One piece of speech lasts a second, a digit less. */
const durationOf = (id: string): number => (id.startsWith('digit-') ? 400 : 1_000);

/**
 * Runs a whole call on a scripted line with a fake clock. Throws when the caller could not do all of the script, when
 * the conversation never ends, and when it leaves a timer, a listener or a prompt behind.
 */
export async function rehearse(rehearsal: Rehearsal): Promise<Rehearsed> {
  const { line, rehearsed } = await perform(rehearsal);
  if (line.stepsLeft > 0) throw new Error(`The call was over with ${line.stepsLeft} steps of the script left`);
  return rehearsed;
}

/**
 * Runs a call again and again, the caller hanging up at another of its waits each time: as the wait is entered, while
 * it lasts, and a little later. Throws when one of them ends in any other way than by the caller's hang-up, leaves
 * anything behind, or cuts short what a service had begun; `check` may ask for more. Returns how many calls that were.
 */
export async function rehearseHangUps(
  rehearsal: Rehearsal,
  check: (rehearsed: Rehearsed) => void = () => {},
): Promise<number> {
  const { waits } = await rehearse(rehearsal);
  let calls = 0;
  for (let wait = 1; wait <= waits; wait += 1) {
    for (const into of [undefined, 0, 5]) {
      const point: HangUpPoint = { wait, into };
      const { rehearsed } = await perform(rehearsal, point);
      checkHangUp(rehearsed, point);
      check(rehearsed);
      calls += 1;
    }
  }
  return calls;
}

function checkHangUp({ outcome, attempts, changes }: Rehearsed, point: HangUpPoint): void {
  const where = `with a hang-up ${point.into ?? 'no'} ms into wait ${point.wait}`;
  const signedIn = attempts.some(({ verdict }) => verdict === 'signed-in');
  const expected: CallOutcome = { kind: 'ended', by: 'caller-hung-up', signedIn };
  if (JSON.stringify(outcome) !== JSON.stringify(expected)) {
    throw new Error(`The outcome ${where} is ${JSON.stringify(outcome)}, not ${JSON.stringify(expected)}`);
  }
  if (attempts.some(({ verdict }) => verdict === undefined)) {
    throw new Error(`An attempt was not decided ${where}`);
  }
  if (changes.some(({ result }) => result === undefined)) throw new Error(`A new PIN was left half stored ${where}`);
}

async function perform(
  rehearsal: Rehearsal,
  hangUpAt?: HangUpPoint,
): Promise<{ readonly line: ScriptedLine; readonly rehearsed: Rehearsed }> {
  const clock = new FakeClock(rehearsal.now);
  const log = new CapturedLog();
  const meter = new CapturedMeter();
  let waits = 0;
  const noteWait = (): void => {
    waits += 1;
    if (waits !== hangUpAt?.wait) return;
    if (hangUpAt.into === undefined) line.hangUp();
    else clock.after(hangUpAt.into, () => line.hangUp());
  };
  const { signIn, pinChanges } = servicesFor(rehearsal, clock, noteWait);
  const line = new ScriptedLine({
    clock,
    script: rehearsal.script.map((step) =>
      'sessionEnds' in step ? { at: step.at, event: () => signIn.endSessions(step.sessionEnds) } : step,
    ),
    durationOf,
    onPlay: noteWait,
    ...(rehearsal.soundLatency === undefined ? {} : { soundLatency: rehearsal.soundLatency }),
    ...(rehearsal.stopLatency === undefined ? {} : { stopLatency: rehearsal.stopLatency }),
    ...(rehearsal.broken === undefined ? {} : { broken: rehearsal.broken }),
  });
  const conversation = createConversation({
    clock: countingTimers(clock, noteWait),
    meter,
    phraseBooks: PHRASE_BOOKS,
    signIn,
    pinChanges,
    dialPlanOf: async () => DIAL_PLAN,
  });

  const unhandled = await collectUnhandledRejections(async () => {
    const outcome = await clock.untilSettled(conversation.run(line, factsOf(rehearsal, line, log)));
    return outcome;
  });
  line.leave();
  checkNothingLeft(line, clock, unhandled.rejections);
  if (signIn.sessions.some(({ isClosed }) => !isClosed)) throw new Error('The conversation left a session open');
  const busyUntil = Math.max(signIn.busyUntil, pinChanges.busyUntil);
  if (line.hungUpAt !== undefined && clock.monotonic() > Math.max(line.hungUpAt, busyUntil)) {
    throw new Error('The conversation went on after the hang-up, with no service to wait for');
  }
  return {
    line,
    rehearsed: {
      outcome: unhandled.result,
      heard: line.heard.map(({ id }) => id).filter((id) => id !== 'pause'),
      phrases: line.heard,
      attempts: signIn.attempts,
      changes: pinChanges.changes,
      keysPressed: line.keysPressed,
      log: log.lines,
      measured: meter.measured,
      duration: clock.monotonic(),
      waits,
    },
  };
}

function servicesFor(
  { mailboxes = [TONY], formerPins, changeResult, serviceTime, serviceFault, changeFault }: Rehearsal,
  clock: Clock,
  onCall: () => void,
): { readonly signIn: InMemorySignIn; readonly pinChanges: InMemoryPinChanges } {
  const time = { clock, onCall, ...(serviceTime === undefined ? {} : { duration: serviceTime }) };
  const faultOfChange = serviceFault ?? changeFault;
  return {
    signIn: new InMemorySignIn({
      ...time,
      mailboxes,
      ...(serviceFault === undefined ? {} : { fault: serviceFault }),
    }),
    pinChanges: new InMemoryPinChanges({
      ...time,
      rules: PIN_RULES,
      history: formerPins ?? mailboxes.slice(0, 1).map(({ pin }) => pin),
      ...(changeResult === undefined ? {} : { result: changeResult }),
      ...(faultOfChange === undefined ? {} : { fault: faultOfChange }),
    }),
  };
}

function factsOf({ dialPlan, assertedNumber }: Rehearsal, line: ScriptedLine, log: CapturedLog): CallFacts {
  return {
    callId: 'call-1',
    dialPlan: { ...DIAL_PLAN, ...dialPlan },
    peer: '192.0.2.10',
    peerIsTrusted: assertedNumber !== undefined,
    log,
    end: (reason) => line.hangUp(reason),
    ...(assertedNumber === undefined ? {} : { assertedNumber }),
  };
}

/** The conversation's own view of the clock: every timer it sets is a wait. */
function countingTimers(clock: FakeClock, onTimer: () => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (milliseconds, callback) => {
      const cancel = clock.after(milliseconds, callback);
      onTimer();
      return cancel;
    },
  };
}

function checkNothingLeft(line: ScriptedLine, clock: FakeClock, rejections: readonly unknown[]): void {
  if (line.isPlaying) throw new Error('The conversation returned while a prompt was still playing');
  if (clock.pending > 0) throw new Error(`The conversation left ${clock.pending} timers`);
  const listeners = getEventListeners(line.signal, 'abort').length;
  if (listeners > 0) throw new Error(`The conversation left ${listeners} listeners on the call's signal`);
  if (rejections.length > 0) throw new Error('The conversation left a rejection unhandled', { cause: rejections[0] });
}

async function collectUnhandledRejections<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly rejections: readonly unknown[] }> {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => {
    rejections.push(reason);
  };
  process.on('unhandledRejection', note);
  try {
    const result = await work();
    // Node tells of them once the promises of a turn have settled.
    await new Promise((resolve) => setImmediate(resolve));
    return { result, rejections };
  } finally {
    process.off('unhandledRejection', note);
  }
}
