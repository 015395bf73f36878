import type { MailboxId } from '../domain/mailbox.ts';
import type { LetterOf } from '../mail/texts/catalogue.ts';

/** Letters to one user, of each kind, for tests to change what they are about. */
const TO_TONY = {
  mailboxId: '90b31420-6941-48fc-a66c-9a50fc401f10' as MailboxId,
  address: 'tonysmith@contoso.com',
  displayName: 'Tony Smith',
  language: 'en-US',
  extension: '51234',
  accessNumbers: ['5000', '+14255550100'],
} as const;

export const UM_ENABLED: LetterOf<'um-enabled'> = {
  ...TO_TONY,
  kind: 'um-enabled',
  policyText: '',
  mustChange: true,
};

export const UM_ENABLED_NOTICE: LetterOf<'um-enabled-notice'> = {
  ...TO_TONY,
  kind: 'um-enabled-notice',
  policyText: '',
};

export const PIN_RESET: LetterOf<'pin-reset'> = {
  ...TO_TONY,
  kind: 'pin-reset',
  cause: 'administrator',
  policyText: '',
  mustChange: true,
};

export const PIN_RESET_NOTICE: LetterOf<'pin-reset-notice'> = {
  ...TO_TONY,
  kind: 'pin-reset-notice',
  cause: 'administrator',
  policyText: '',
};

/** Locked on Wednesday at five past three in the afternoon, for an hour. */
export const LOCKOUT: LetterOf<'lockout'> = {
  ...TO_TONY,
  kind: 'lockout',
  failures: 15,
  lockedAt: Date.UTC(2026, 10, 25, 23, 5),
  opensAt: Date.UTC(2026, 10, 26, 0, 5),
  ownLineOpen: false,
  timeZone: 'America/Los_Angeles',
  clock: '12-hour',
};

/** Good until five past three in the afternoon. */
export const SIGN_IN_LINK: LetterOf<'sign-in-link'> = {
  ...TO_TONY,
  kind: 'sign-in-link',
  linkId: '0123456789abcdef0123456789abcdef',
  origin: 'https://mailbox.example',
  expiresAt: Date.UTC(2026, 10, 25, 23, 5),
  askedFrom: '192.0.2.7',
  timeZone: 'America/Los_Angeles',
  clock: '12-hour',
};
