/**
 * What a SIP message may measure before anything looks at it at length. The numbers are many times what phones, PBXs
 * and trunks send, and small enough that the slowest regular expression applied to an accepted message later on (the
 * application's library backtracks over address headers) ends within milliseconds.
 */
export interface MessageLimits {
  /** Bytes of a whole message. */
  readonly messageBytes: number;
  /** Bytes of one header line after unfolding, and of the start line. */
  readonly lineBytes: number;
  /** Number of header fields. */
  readonly headerCount: number;
  /** Bytes of the body. */
  readonly bodyBytes: number;
  /** Characters of one value of a header that holds addresses, credentials or a Via. */
  readonly structuredValueLength: number;
  /** Characters of a header name and of a method. */
  readonly tokenLength: number;
  /** Entries that one list header (Via, Route, Record-Route, Contact) may have; RFC 3261 §8.1.1.6 starts Max-Forwards at 70. */
  readonly listEntries: number;
}

export const defaultLimits: MessageLimits = {
  messageBytes: 65_535,
  lineBytes: 8_192,
  headerCount: 128,
  bodyBytes: 16_384,
  structuredValueLength: 1_024,
  tokenLength: 128,
  listEntries: 72,
};
