/** The keys of a touch-tone keypad. A–D exist on the wire (RFC 4733 events 12–15) and have no function in any menu. */
export const KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'] as const;

export type Key = (typeof KEYS)[number];

const KEY_SET: ReadonlySet<string> = new Set(KEYS);

/** Tells whether a character is a key of the keypad; lower-case a–d are not. */
export function isKey(character: string): character is Key {
  return KEY_SET.has(character);
}

/** Tells whether a key can be part of an extension or a PIN (SPEC §2: digits only). */
export function isDigit(key: string): boolean {
  return key.length === 1 && key >= '0' && key <= '9';
}
