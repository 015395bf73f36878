/** As `lower` of the database has it: the letters A to Z, and no others, in lower case. */
export function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
