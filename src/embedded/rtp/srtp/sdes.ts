import { randomBytes } from 'node:crypto';
import type { MediaDescription } from 'sdp-transform';
import type { InboundKeys } from './inbound.ts';
import type { AgreedSecurity, OwnKeys } from './media-security.ts';
import { type MasterKey, type SrtpSuite, suites } from './suites.ts';

/** A `crypto` attribute as the SDP library writes it. */
export type WrittenCrypto = NonNullable<MediaDescription['crypto']>[number];

/** A `crypto` attribute that came (RFC 4568 §9.1). */
export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: string;
  /** Keys, separated by semicolons. */
  readonly keys: string;
  readonly parameters: readonly string[];
}

/** Attributes of one line that are looked at, and keys of one attribute. */
const mostAttributes = 32;
const mostKeys = 4;
/** RFC 4568 §9.1: as long as a name of a key may be. */
const longestMki = 128;

/**
 * Session parameters that change nothing for us (RFC 4568 §6.3): a hint about the size of the replay window, a rate of
 * key derivation of 0. Any other, known or not, makes an attribute unusable, unless it says itself that it may be ignored.
 */
const harmless = /^(?:WSH=\d{1,4}|KDR=0|-.*)$/i;

/**
 * The attributes of each media line of a description, in order. Read here, because the SDP library leaves out all session
 * parameters but the first, and one of them may say that a line is not encrypted.
 */
export function readCrypto(description: string): readonly (readonly CryptoAttribute[])[] {
  const [, ...sections] = description.split(/^m=/m);
  return sections.map((section) =>
    Array.from(section.matchAll(/^a=crypto:(\d{1,9}) +(\S+) +(\S+)([^\r\n]*)/gim), (match) => ({
      tag: Number(match[1]),
      suite: (match[2] ?? '').toUpperCase(),
      keys: match[3] ?? '',
      parameters: (match[4] ?? '').split(' ').filter((text) => text !== ''),
    })).slice(0, mostAttributes),
  );
}

/** Makes the keys of one call. */
export function makeOwnKeys(): OwnKeys {
  const made = new Map<SrtpSuite, MasterKey>();
  return {
    of: (suite) => {
      const known = made.get(suite);
      if (known !== undefined) return known;
      const master = { key: randomBytes(suite.keyBytes), salt: randomBytes(suite.saltBytes) };
      made.set(suite, master);
      return master;
    },
    keepOnly: (suite) => {
      for (const other of made.keys()) if (other !== suite) made.delete(other);
    },
  };
}

/**
 * Takes the first attribute of an offer that is of use (RFC 4568 §5.1.2), as FreeSWITCH does: the order is the offerer's.
 *
 * @returns the attribute to answer with and what is agreed by it; `undefined` when none is of use.
 */
export function answerCrypto(
  offered: readonly CryptoAttribute[],
  own: OwnKeys,
): { readonly attribute: WrittenCrypto; readonly security: AgreedSecurity } | undefined {
  for (const attribute of offered) {
    const theirs = readAttribute(attribute);
    if (theirs === undefined) continue;
    const { suite } = theirs;
    const master = own.of(suite);
    return {
      // RFC 4568 §5.1.2: the tag is the offer's, and so is the spelling of the suite.
      attribute: { id: attribute.tag, suite: attribute.suite, config: inline(master) },
      security: { ours: { suite, master }, theirs },
    };
  }
  return undefined;
}

/** What we offer: every suite, each with a key of its own. */
export function offerCrypto(own: OwnKeys): WrittenCrypto[] {
  return suites.map((suite, at) => ({ id: at + 1, suite: suite.name, config: inline(own.of(suite)) }));
}

/** What the answer to {@link offerCrypto} agrees on (RFC 4568 §5.1.3); `undefined` when it fits none of the offer's. */
export function acceptCrypto(answered: readonly CryptoAttribute[], own: OwnKeys): AgreedSecurity | undefined {
  const [attribute] = answered;
  const theirs = attribute === undefined ? undefined : readAttribute(attribute);
  const suite = attribute === undefined ? undefined : suites[attribute.tag - 1];
  if (theirs === undefined || suite === undefined || theirs.suite !== suite) return undefined;
  return { ours: { suite, master: own.of(suite) }, theirs };
}

function inline({ key, salt }: MasterKey): string {
  return `inline:${Buffer.concat([key, salt]).toString('base64')}`;
}

function readAttribute({ suite: name, keys: written, parameters }: CryptoAttribute): InboundKeys | undefined {
  const suite = suites.find((each) => each.name === name || each.alias === name);
  if (suite === undefined || !parameters.every((text) => harmless.test(text))) return undefined;
  const keys = written.split(';', mostKeys + 1).map((text) => readKey(text, suite));
  const [first] = keys;
  if (first === undefined || keys.length > mostKeys) return undefined;
  const mkiBytes = first.mki.length;
  // RFC 4568 §6.1: several keys are told apart by names, which are all of one length.
  if (keys.length > 1 && mkiBytes === 0) return undefined;
  const good = keys.filter((key) => key !== undefined);
  return good.length === keys.length && good.every(({ mki }) => mki.length === mkiBytes)
    ? { suite, keys: good, mkiBytes }
    : undefined;
}

/** `inline:<key and salt>["|" lifetime]["|" MKI ":" length]` (RFC 4568 §6.1). The lifetime is for the sender to keep to. */
function readKey(text: string, suite: SrtpSuite): InboundKeys['keys'][number] | undefined {
  const match = /^inline:([A-Za-z0-9+/]+={0,2})(?:\|(?:2\^\d{1,2}|\d{1,15}))?(?:\|(\d{1,18}):(\d{1,3}))?$/i.exec(text);
  const [, base64 = '', name, length] = match ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (match === null || bytes.length !== suite.keyBytes + suite.saltBytes) return undefined;
  const mki = name === undefined ? Buffer.alloc(0) : mkiOf(name, Number(length));
  if (mki === undefined) return undefined;
  return { master: { key: bytes.subarray(0, suite.keyBytes), salt: bytes.subarray(suite.keyBytes) }, mki };
}

/** The name of a key as it stands in packets: a number of so many bytes, the highest first. */
function mkiOf(name: string, length: number): Buffer | undefined {
  if (length < 1 || length > longestMki) return undefined;
  const hex = BigInt(name).toString(16);
  return hex.length > 2 * length ? undefined : Buffer.from(hex.padStart(2 * length, '0'), 'hex');
}
