import type { PinRefusal } from '../domain/pin-policy.ts';

/** Why a mailbox cannot be as it is asked for; what was asked for is named by its rule, the PIN never. */
export type MailboxRefusal =
  | { readonly kind: 'no-such-policy' }
  | { readonly kind: 'not-an-address' }
  /** Where the mail with the first PIN was to go. */
  | { readonly kind: 'not-a-notify-address' }
  | { readonly kind: 'not-an-alias' }
  | { readonly kind: 'no-display-name' }
  | { readonly kind: 'not-an-extension'; readonly extensionDigits: number }
  | { readonly kind: 'not-a-number' }
  | { readonly kind: 'number-twice' }
  /** Extensions and registered numbers together. */
  | { readonly kind: 'too-many-numbers'; readonly maximum: number }
  | { readonly kind: 'not-a-language' }
  | { readonly kind: 'not-a-time-zone' }
  | { readonly kind: 'pin-refused'; readonly refusal: PinRefusal }
  | { readonly kind: 'address-taken' }
  | { readonly kind: 'alias-taken' }
  | { readonly kind: 'number-taken'; readonly number: string };
