/** A number as long as the given one that differs from it in every digit: a wrong PIN, an extension that nobody has. */
export function otherDigits(digits: string): string {
  return [...digits].map((digit) => String((Number(digit) + 3) % 10)).join('');
}
