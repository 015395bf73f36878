import { isTo, type TracedMessage } from './trace.ts';

/** What a scenario cannot tell by itself, and the runner looks up in the trace. */
export interface TraceVerdict {
  /** Why it failed; undefined when all is well. */
  readonly failure?: string;
  /** What is worth knowing of a run that passed. */
  readonly note?: string;
}

/** What the mailbox has to be like that a scenario calls. */
export type MailboxState =
  /** It lets its caller in. The scenario leaves its PIN as it is. */
  | 'any'
  /** It lets its caller in, and no sign-in has failed since the last success. Afterwards it has another PIN. */
  | 'fresh'
  /** Ten have, with a reset at five and at ten. */
  | 'ten-failures'
  /** An administrator has locked it. */
  | 'locked'
  /** Its PIN was set so that it has to be changed. */
  | 'pin-expired'
  /** Its PIN is older than the policy lets it be. */
  | 'pin-old'
  /** Its PIN is shorter than the policy asks by now. */
  | 'pin-short';

/** One call of a scenario: a file, which says what it proves, and which PIN its `pin` is. */
export interface Step {
  readonly file: string;
  /** The mailbox's when not given; or the one that the scenario has given it, or one that is wrong. */
  readonly pin?: 'new' | 'wrong';
  /** Whether SIPp repeats requests and takes repeated messages for such; off where a scenario counts them. */
  readonly retransmissions?: false;
  readonly check?: (trace: readonly TracedMessage[]) => TraceVerdict;
}

/** An expectation, and the calls that prove it, one after the other. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly mailbox: MailboxState;
  readonly steps: readonly [Step, ...Step[]];
}

/** RFC 3261 §13.3.1.4: repetitions after 0.5, 1, 2 and then each 4 s make ten in 32 s; less than six is no repeating. */
const FEWEST_REPETITIONS = 6;

function checkCancel(trace: readonly TracedMessage[]): TraceVerdict {
  const cancelled = trace.some((message) => isTo(message, 200, 'CANCEL'));
  if (!cancelled) return { failure: 'CANCEL was not answered with 200' };
  const answered = trace.some((message) => isTo(message, 200, 'INVITE'));
  return { note: answered ? 'the answer won the race, and BYE ended the call' : 'cancelled with 487' };
}

function checkRepetitions(trace: readonly TracedMessage[]): TraceVerdict {
  const answers = trace.filter((message) => isTo(message, 200, 'INVITE')).length;
  if (answers <= FEWEST_REPETITIONS) return { failure: `the answer was sent ${answers} times only` };
  return { note: `the answer was sent ${answers} times` };
}

const scenario = (mailbox: MailboxState, ...steps: [Step, ...Step[]]): Omit<Scenario, 'name'> => ({ mailbox, steps });

/**
 * Every scenario. Of those that take any mailbox, the ones that key wrong PINs come before one that keys the right one,
 * so that with one mailbox for all of them no failures add up.
 */
const SCENARIOS = {
  'sign-in': scenario('any', { file: 'sign-in' }),
  'three-wrong-pins': scenario('any', { file: 'three-wrong-pins' }),
  'wrong-pin-then-right': scenario('any', { file: 'wrong-pin-then-right' }),
  'unknown-extension': scenario('any', { file: 'unknown-extension' }),
  'no-input': scenario('any', { file: 'no-input' }),
  'hang-up-during-prompt': scenario('any', { file: 'hang-up-during-prompt' }),
  'cancel-before-answer': scenario('any', { file: 'cancel-before-answer', check: checkCancel }),
  'lost-ack': scenario('any', { file: 'lost-ack', check: checkRepetitions }),
  'lost-answer': scenario('any', { file: 'lost-answer', retransmissions: false }),
  'hold-and-resume': scenario('any', { file: 'hold-and-resume' }),
  'pin-reset': scenario('fresh', { file: 'three-wrong-pins' }, { file: 'second-wrong-pin-ends-call' }),
  lockout: scenario(
    'ten-failures',
    { file: 'three-wrong-pins' },
    { file: 'second-wrong-pin-ends-call' },
    { file: 'locked-mailbox' },
  ),
  'locked-mailbox': scenario('locked', { file: 'locked-mailbox' }, { file: 'locked-mailbox', pin: 'wrong' }),
  'first-sign-in': scenario('pin-expired', { file: 'first-sign-in' }, { file: 'sign-in', pin: 'new' }),
  'hang-up-in-change': scenario('pin-expired', { file: 'hang-up-in-change' }, { file: 'change-due' }),
  'hang-up-after-confirmation': scenario(
    'pin-expired',
    { file: 'hang-up-after-confirmation' },
    { file: 'sign-in', pin: 'new' },
  ),
  'lifetime-over': scenario('pin-old', { file: 'change-due' }),
  'minimum-raised': scenario('pin-short', { file: 'change-due' }),
  'reuse-refused': scenario('fresh', { file: 'reuse-refused' }, { file: 'sign-in', pin: 'new' }),
  'change-pin': scenario('fresh', { file: 'change-pin' }, { file: 'sign-in', pin: 'new' }),
} as const satisfies Readonly<Record<string, Omit<Scenario, 'name'>>>;

export type ScenarioName = keyof typeof SCENARIOS;

function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** Their names, in the order in which they are run. */
export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS).filter(isScenarioName);

/** The scenario of this name; undefined when there is none. */
export function findScenario(name: string): Scenario | undefined {
  return isScenarioName(name) ? { name, ...SCENARIOS[name] } : undefined;
}
