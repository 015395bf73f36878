/** What came in and went, since the start. */
export interface TransactionCounters {
  requests: number;
  responses: number;
  malformed: number;
  refused: number;
  /** New requests that got no answer because `admit` said so. */
  ignored: number;
  retransmissionsAbsorbed: number;
  strayResponses: number;
  sendErrors: number;
}

/** Counters at the start. */
export function zeroCounters(): TransactionCounters {
  return {
    requests: 0,
    responses: 0,
    malformed: 0,
    refused: 0,
    ignored: 0,
    retransmissionsAbsorbed: 0,
    strayResponses: 0,
    sendErrors: 0,
  };
}
