import type { Letter, ResetCause } from '../../services/ports/letter.ts';
import type { Block, Fact, LetterContent } from '../letter-content.ts';
import type { Catalogue, LetterOf, Wording } from './catalogue.ts';

const paragraph = (...sentences: readonly string[]): Block => ({ kind: 'paragraph', text: sentences.join(' ') });

const hello = ({ name }: Wording): Block => paragraph(`Hello ${name},`);

const SECRECY: Block = {
  kind: 'small-print',
  text: 'Keep your PIN to yourself. Nobody will ever ask you for it, not even an administrator, and it is keyed on the telephone, never spoken. Delete this message once you no longer need it.',
};

const IF_NOT_YOU = 'If it was not you, please tell your administrator.';

/** How to sign in, in a sentence: the numbers are in the table below it. */
function signingIn({ accessNumbers }: Letter): string {
  const whom = accessNumbers.length > 1 ? 'one of the numbers below' : 'the number below';
  return `Call ${whom}, key in your extension when you are asked for it, then your PIN and the pound key (#).`;
}

function addressFacts({ accessNumbers, extension }: Letter): readonly Fact[] {
  return [
    { label: 'Call', values: accessNumbers, style: 'number' },
    { label: 'Your extension', values: [extension], style: 'digits' },
  ];
}

function umEnabled(letter: LetterOf<'um-enabled'>, wording: Wording): LetterContent {
  return {
    subject: 'Your mailbox by telephone: how to sign in',
    title: 'Your mailbox is ready for your call',
    blocks: [
      hello(wording),
      paragraph('You can now reach your mailbox from any telephone.', signingIn(letter)),
      letter.mustChange
        ? paragraph(
            'The PIN in this message is for your first call, in which you will be asked to choose one of your own.',
          )
        : paragraph(
            'The PIN in this message is yours until you change it,',
            'which you can do by telephone at any time, in the personal options.',
          ),
      {
        kind: 'facts',
        facts: [...addressFacts(letter), { label: 'Your PIN', values: [wording.pin], style: 'pin' }],
      },
      { kind: 'policy-text' },
      SECRECY,
    ],
  };
}

function umEnabledNotice(letter: LetterOf<'um-enabled-notice'>, wording: Wording): LetterContent {
  return {
    subject: 'Your mailbox by telephone: how to sign in',
    title: 'Your mailbox is ready for your call',
    blocks: [
      hello(wording),
      paragraph('You can now reach your mailbox from any telephone.', signingIn(letter)),
      paragraph(
        'Your first PIN is not in this message: it was passed on another way.',
        'If it has not reached you, please ask your administrator.',
      ),
      { kind: 'facts', facts: addressFacts(letter) },
      { kind: 'policy-text' },
    ],
  };
}

const RESET_BECAUSE: Readonly<Record<ResetCause, string>> = {
  administrator: 'An administrator has given your mailbox a new PIN for signing in by telephone.',
  user: 'You asked for a new PIN for signing in to your mailbox by telephone.',
  'failed-sign-ins':
    'Several attempts to sign in to your mailbox by telephone have failed, so your PIN was replaced to keep the mailbox safe. Whoever keyed the wrong PINs does not know the new one.',
};

/** Why there is a new PIN, what of the old one, and what to do if that is a surprise. */
function whatHappened(cause: ResetCause): Block {
  const surprise =
    cause === 'administrator' ? 'If you did not expect this, please ask your administrator.' : IF_NOT_YOU;
  return paragraph(RESET_BECAUSE[cause], 'Your old PIN no longer works.', surprise);
}

function pinReset(letter: LetterOf<'pin-reset'>, wording: Wording): LetterContent {
  return {
    subject: 'Your new PIN for calling your mailbox',
    title: 'You have a new PIN',
    blocks: [
      hello(wording),
      whatHappened(letter.cause),
      paragraph(
        signingIn(letter),
        letter.mustChange
          ? 'When you sign in with the new PIN, you will be asked to choose one of your own.'
          : 'You can keep the new PIN, or change it by telephone at any time, in the personal options.',
      ),
      {
        kind: 'facts',
        facts: [...addressFacts(letter), { label: 'Your new PIN', values: [wording.pin], style: 'pin' }],
      },
      { kind: 'policy-text' },
      SECRECY,
    ],
  };
}

function pinResetNotice(letter: LetterOf<'pin-reset-notice'>, wording: Wording): LetterContent {
  return {
    subject: 'The PIN of your mailbox has been replaced',
    title: 'Your PIN has been replaced',
    blocks: [
      hello(wording),
      whatHappened(letter.cause),
      paragraph('The new PIN is not in this message: it was passed on another way.'),
      { kind: 'facts', facts: addressFacts(letter) },
      { kind: 'policy-text' },
    ],
  };
}

function lockout(letter: LetterOf<'lockout'>, wording: Wording): LetterContent {
  const attempts = letter.failures === 1 ? 'a failed attempt' : `${letter.failures} failed attempts`;
  const opening =
    letter.opensAt === undefined
      ? ['It stays locked until an administrator unlocks it.', 'Please ask yours to do so.']
      : [
          `It opens again by itself on ${wording.moment(letter.opensAt)}.`,
          'If you need it sooner, ask your administrator to unlock it.',
        ];
  const ownLine: readonly Block[] = letter.ownLineOpen
    ? [paragraph('Calls from your own telephone are not affected: there you can still sign in with your PIN.')]
    : [];
  return {
    subject: 'Your mailbox is locked for calls',
    title: 'Your mailbox is locked',
    blocks: [
      hello(wording),
      paragraph(`To keep it safe, your mailbox was locked after ${attempts} to sign in by telephone.`, ...opening),
      ...ownLine,
      paragraph('If it was not you who keyed the wrong PINs, please tell your administrator.'),
      {
        kind: 'facts',
        facts: [
          { label: 'Your extension', values: [letter.extension], style: 'digits' },
          { label: 'Locked since', values: [wording.moment(letter.lockedAt)], style: 'words' },
          {
            label: 'Opens',
            values: [
              letter.opensAt === undefined ? 'when an administrator unlocks it' : wording.moment(letter.opensAt),
            ],
            style: 'words',
          },
        ],
      },
    ],
  };
}

function signInLink(letter: LetterOf<'sign-in-link'>, wording: Wording): LetterContent {
  return {
    subject: 'Your link to your mailbox page',
    title: 'Open your mailbox page',
    blocks: [
      hello(wording),
      paragraph(
        'You asked for a link to the page where you see how your mailbox is doing and get a new PIN.',
        'It works once, in the next 15 minutes.',
      ),
      { kind: 'link', text: 'Open my mailbox page', url: wording.link },
      {
        kind: 'facts',
        facts: [
          { label: 'Good until', values: [wording.moment(letter.expiresAt)], style: 'words' },
          { label: 'Asked from', values: [letter.askedFrom], style: 'words' },
        ],
      },
      {
        kind: 'small-print',
        text: 'If you did not ask for it, delete this message: nothing has happened to your mailbox. Pass the link on to nobody; whoever opens it is taken for you.',
      },
    ],
  };
}

/** The letters in American English; languages that have no catalogue get these. */
export const EN_US: Catalogue = {
  language: 'en-US',
  direction: 'ltr',
  letters: {
    'um-enabled': umEnabled,
    'um-enabled-notice': umEnabledNotice,
    'pin-reset': pinReset,
    'pin-reset-notice': pinResetNotice,
    lockout,
    'sign-in-link': signInLink,
  },
};
