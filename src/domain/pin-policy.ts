import { type CommonPattern, commonPatternOf } from './common-patterns.ts';
import type { MailboxPolicySettings } from './mailbox-policy.ts';

/** No PIN has more digits than this (SPEC §2). */
export const MAX_PIN_LENGTH = 24;

/** An extension shorter than this may be part of a PIN: nearly every PIN holds every one-digit extension. */
const SHORTEST_EXTENSION_KEPT_OUT = 4;

/** What a mailbox's PIN is judged by: its policy as it stands now, and its own extensions. */
export interface PinRules extends Pick<MailboxPolicySettings, 'minPinLength' | 'allowCommonPatterns'> {
  readonly extensions: readonly string[];
}

/** The rule that refuses a PIN; each carries what a prompt, a page or a reply needs to say it. Never the PIN. */
export type PinRefusal =
  | { readonly kind: 'not-digits' }
  | { readonly kind: 'too-short'; readonly minimum: number }
  | { readonly kind: 'too-long'; readonly maximum: number }
  /** The PIN is what one of the mailbox's extensions ends with, or the whole of it. */
  | { readonly kind: 'extension-suffix' }
  /** One of the mailbox's extensions is somewhere in the PIN. */
  | { readonly kind: 'contains-extension' }
  | { readonly kind: 'common-pattern'; readonly pattern: CommonPattern }
  /** One of the last PINs, the current one included. */
  | { readonly kind: 'used-before'; readonly lastPins: number };

/**
 * The first rule of SPEC §2 that refuses a PIN; undefined when all let it pass. The one rule that is not here is the
 * history, which needs the hashes of former PINs.
 */
export function refusePin(pin: string, rules: PinRules): PinRefusal | undefined {
  if (!/^[0-9]*$/.test(pin)) return { kind: 'not-digits' };
  if (pin.length > MAX_PIN_LENGTH) return { kind: 'too-long', maximum: MAX_PIN_LENGTH };
  if (pin.length < rules.minPinLength) return { kind: 'too-short', minimum: rules.minPinLength };
  if (rules.extensions.some((extension) => extension.endsWith(pin))) return { kind: 'extension-suffix' };
  if (rules.extensions.some((extension) => isKeptOut(extension) && pin.includes(extension))) {
    return { kind: 'contains-extension' };
  }
  if (rules.allowCommonPatterns) return undefined;
  const pattern = commonPatternOf(pin, rules.extensions);
  return pattern === undefined ? undefined : { kind: 'common-pattern', pattern };
}

const isKeptOut = (extension: string): boolean => extension.length >= SHORTEST_EXTENSION_KEPT_OUT;
