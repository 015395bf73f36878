const DIGITS = /^[0-9]+$/;

/** Tells whether a number can be an extension of a dial plan: digits only, exactly as many as it asks (SPEC §1). */
export function isExtension(number: string, extensionDigits: number): boolean {
  return number.length === extensionDigits && DIGITS.test(number);
}
