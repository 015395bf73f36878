import type { OutOfRange } from './setting-range.ts';

/** Why settings cannot be had: which one, and what it may be. The first rule that refuses is named. */
export type SettingRefusal =
  | OutOfRange
  /** It may be at most `maximum`, because of another setting, `limit`; an `unlimited` one may still be had. */
  | { readonly kind: 'exceeds-setting'; readonly setting: string; readonly limit: string; readonly maximum: number }
  /** A name has something to see, no control characters, and at most `maximum` characters. */
  | { readonly kind: 'not-a-name'; readonly setting: string; readonly maximum: number }
  /** A text has at most `maximum` characters, and no control characters but line breaks and tabs. */
  | { readonly kind: 'not-a-text'; readonly setting: string; readonly maximum: number }
  | { readonly kind: 'not-a-language'; readonly setting: string }
  /** An extension is digits, exactly as many as its dial plan says. */
  | { readonly kind: 'not-an-extension'; readonly setting: string; readonly extensionDigits: number };
