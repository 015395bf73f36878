/** How far `sequence` is ahead of `reference`: −32768 to 32767 (RFC 1982 arithmetic on 16 bits). */
export function sequenceDistance(sequence: number, reference: number): number {
  return ((sequence - reference) << 16) >> 16;
}

/** How far `timestamp` is ahead of `reference`: −2^31 to 2^31 − 1 (RFC 1982 arithmetic on 32 bits). */
export function timestampDistance(timestamp: number, reference: number): number {
  return (timestamp - reference) | 0;
}
