import type { CallEnd } from '../domain/call-end.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { Clock } from '../domain/clock.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import { describeFault } from '../domain/fault.ts';
import type { Meter } from '../domain/meter.ts';
import type { PinChanges } from '../services/pin-changes.ts';
import type { SessionEnd, SignIn, SignInSession } from '../services/sign-in.ts';
import { AnswerTime } from './answer-time.ts';
import type { CallFacts, Conversation } from './conversation.ts';
import type { Dialogue } from './dialogue.ts';
import { FailureCount } from './failure-count.ts';
import { callEndOf } from './hang-up-signal.ts';
import { HungUp } from './hung-up.ts';
import { KeyQueue } from './key-queue.ts';
import type { Line } from './line.ts';
import type { MailboxScreens } from './mailbox-screens.ts';
import { type MainMenuResult, mainMenu } from './main-menu.ts';
import type { PhraseBooks, PhraseId } from './phrases.ts';
import { changePin } from './pin-change.ts';
import { say } from './say.ts';
import { type SignInResult, signInByTouchTone } from './sign-in.ts';
import { changeReasons, signInNews } from './sign-in-news.ts';

/** What conversations need of the rest of the program. */
export interface ConversationParts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly phraseBooks: PhraseBooks;
  readonly signIn: SignIn;
  readonly pinChanges: PinChanges;
  /** The dial plan that an access number belongs to; undefined when it is none of ours. */
  readonly dialPlanOf: (calledNumber: string) => Promise<DialPlan | undefined>;
}

/** How far a call has come: what its outcome says when it is ended from outside. */
interface Progress {
  /** Once the caller is signed in. */
  session: SignInSession | undefined;
}

/** What a session that may not go on ends its call with (SPEC §3.12). */
const END_OF_CALL: Readonly<Record<SessionEnd, CallEnd>> = {
  'pin-reset': 'pin-reset',
  'pin-changed': 'pin-changed',
  locked: 'mailbox-locked',
  disabled: 'mailbox-disabled',
};

/** Makes the conversation of every call. It keeps nothing between two calls. */
export function createConversation(parts: ConversationParts): Conversation {
  return {
    dialPlanOf: parts.dialPlanOf,
    run: (line, call) => run(parts, line, call),
    farewell: (reason, call) => parts.phraseBooks.for(call.dialPlan.defaultLanguage).sequence(farewellOf(reason)),
  };
}

async function run(parts: ConversationParts, line: Line, call: CallFacts): Promise<CallOutcome> {
  const progress: Progress = { session: undefined };
  let dialogue: Dialogue | undefined;
  try {
    dialogue = startDialogue(parts, line, call);
    return await talk(dialogue, parts, call, progress);
  } catch (error) {
    const signedIn = progress.session !== undefined;
    if (error instanceof HungUp) return { kind: 'ended', by: error.by, signedIn };
    call.log.error({ fault: describeFault(error) }, 'The conversation failed');
    if (line.signal.aborted) return { kind: 'ended', by: callEndOf(line.signal), signedIn };
    await apologise(dialogue, call);
    return { kind: 'fault' };
  } finally {
    progress.session?.close();
    if (dialogue !== undefined && dialogue.keys.dropped > 0) {
      call.log.warn({ dropped: dialogue.keys.dropped }, 'More keys were sent than a call can hold');
    }
  }
}

function startDialogue({ clock, meter, phraseBooks }: ConversationParts, line: Line, call: CallFacts): Dialogue {
  const keys = new KeyQueue(line, clock);
  const answerTime = new AnswerTime(clock, meter);
  const phrases = phraseBooks.for(call.dialPlan.defaultLanguage);
  return { line, keys, clock, answerTime, phrases, log: call.log };
}

/** The screens in their order (SPEC §3.8): nothing in a mailbox is reachable before everything above it is done. */
async function talk(
  dialogue: Dialogue,
  parts: ConversationParts,
  call: CallFacts,
  progress: Progress,
): Promise<CallOutcome> {
  const inputFailures = new FailureCount(call.dialPlan.inputFailuresBeforeDisconnect);

  const entrance = await signInByTouchTone({ dialogue, call, signIn: parts.signIn, inputFailures });
  if (entrance.kind !== 'signed-in') return turnAway(dialogue, entrance);
  const { session } = entrance;
  progress.session = session;
  session.onEnd((why) => call.end(END_OF_CALL[why]));

  const inside: MailboxScreens = {
    dialogue: { ...dialogue, phrases: parts.phraseBooks.for(session.mailbox.language) },
    call,
    session,
    pinChanges: parts.pinChanges,
    inputFailures,
    pinRefusals: new FailureCount(call.dialPlan.inputFailuresBeforeDisconnect),
  };
  const exit = await visit(inside);
  switch (exit.kind) {
    case 'left':
      await say(inside.dialogue, ['goodbye']);
      return exit;
    case 'input-failures':
      await say(inside.dialogue, ['too-many-input-failures']);
      return { kind: 'input-failures', signedIn: true };
    case 'pin-change-failures':
      await say(inside.dialogue, ['too-many-pin-refusals'], exit.notice);
      return { kind: 'pin-change-failures' };
  }
}

/** What a caller who got in hears: the news, the forced change if one is due, the main menu. */
async function visit(inside: MailboxScreens): Promise<MainMenuResult> {
  const { dialogue, session } = inside;
  const { phrases } = dialogue;
  const news = signInNews(phrases, session, dialogue.clock.now());
  if (session.changeCauses.length === 0) return mainMenu(inside, news);
  const change = await changePin(inside, 'forced', [...news, ...changeReasons(phrases, session.changeCauses)]);
  switch (change.kind) {
    case 'changed':
      return mainMenu(inside, phrases.sequence(['pin-changed']));
    case 'kept':
      throw new Error('A change that was due was left out');
    case 'input-failures':
    case 'pin-change-failures':
      return change;
  }
}

/** Tells a caller who did not get in why not, and what can be done about it. */
async function turnAway(
  dialogue: Dialogue,
  entrance: Exclude<SignInResult, { kind: 'signed-in' }>,
): Promise<CallOutcome> {
  switch (entrance.kind) {
    case 'sign-in-failures':
      await say(dialogue, ['too-many-sign-in-failures']);
      return { kind: 'sign-in-failures' };
    case 'input-failures':
      await say(dialogue, ['too-many-input-failures']);
      return { kind: 'input-failures', signedIn: false };
    case 'pin-reset':
      await say(dialogue, ['pin-was-reset']);
      return { kind: 'pin-reset' };
    case 'locked': {
      const wait: readonly PhraseId[] = entrance.opensByItself ? ['or-try-later'] : [];
      await say(dialogue, ['mailbox-locked', 'ask-administrator', ...wait, 'goodbye']);
      return { kind: 'mailbox-locked' };
    }
    case 'source-refused':
      await say(dialogue, ['source-refused']);
      return { kind: 'source-refused' };
    case 'overloaded':
      await say(dialogue, ['overloaded']);
      return { kind: 'overloaded' };
  }
}

/** Says that something went wrong, and goes on without a word when even that fails or the caller does not wait for it. */
async function apologise(dialogue: Dialogue | undefined, call: CallFacts): Promise<void> {
  if (dialogue === undefined) return;
  try {
    await say(dialogue, ['system-error']);
  } catch (error) {
    if (error instanceof HungUp) return;
    call.log.warn({ fault: describeFault(error) }, 'The caller could not be told of the fault');
  }
}

/** What a caller hears before the service hangs up for this reason: nothing where nobody is left who could hear it. */
function farewellOf(reason: CallEnd): readonly PhraseId[] {
  switch (reason) {
    case 'maximum-duration':
      return ['call-too-long'];
    case 'drain':
      return ['service-closing'];
    case 'administrator':
      return ['ended-by-administrator'];
    case 'pin-reset':
      return ['ended-pin-reset'];
    case 'pin-changed':
      return ['ended-pin-changed'];
    case 'mailbox-locked':
      return ['ended-mailbox-locked'];
    case 'mailbox-disabled':
      return ['ended-mailbox-disabled'];
    case 'signalling-lost':
    case 'fault':
      return ['system-error'];
    case 'caller-hung-up':
    case 'caller-cancelled':
    case 'not-acknowledged':
    case 'session-expired':
    case 'media-lost':
    case 'media-server-lost':
      return [];
  }
}
