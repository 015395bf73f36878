/**
 * The three values from which every SIP timer follows (RFC 3261 §17.1.1.1, table 4), in milliseconds.
 */
export interface TimerValues {
  /** Round-trip estimate, first retransmission. */
  readonly t1: number;
  /** Longest interval between retransmissions of a non-INVITE request and of an answer. */
  readonly t2: number;
  /** Longest time that a message stays in the network. */
  readonly t4: number;
}

export const defaultTimers: TimerValues = { t1: 500, t2: 4_000, t4: 5_000 };

/**
 * The timers by their letters for a transport. "Reliable" makes those 0 that only wait for retransmissions.
 */
export interface Timers {
  readonly t1: number;
  readonly t2: number;
  /** INVITE request retransmission, doubles each time (UDP only). */
  readonly a: number;
  /** INVITE transaction time-out. */
  readonly b: number;
  /** How long a client waits for retransmissions of a final response other than 2xx to an INVITE. */
  readonly d: number;
  /** Request retransmission, doubles up to T2 (UDP only). */
  readonly e: number;
  /** Transaction time-out. */
  readonly f: number;
  /** Retransmission of a final response other than 2xx to an INVITE, doubles up to T2 (UDP only). */
  readonly g: number;
  /** How long the server waits for the ACK. */
  readonly h: number;
  /** How long the server absorbs retransmitted ACKs. */
  readonly i: number;
  /** How long the server absorbs retransmitted requests other than INVITE. */
  readonly j: number;
  /** How long the client absorbs retransmitted responses. */
  readonly k: number;
  /** How long the server keeps an INVITE that was answered 2xx (RFC 6026 §7.1). */
  readonly l: number;
  /** How long the client takes further 2xx to an INVITE (RFC 6026 §7.2). */
  readonly m: number;
  /** When the server sends 100 by itself if nobody has answered the INVITE (RFC 3261 §17.2.1). */
  readonly trying: number;
}

/** All timers, in milliseconds, for a transport that retransmits by itself (`reliable`) or does not. */
export function timersFor(values: TimerValues, reliable: boolean): Timers {
  const { t1, t2, t4 } = values;
  const patience = 64 * t1;
  return {
    t1,
    t2,
    a: t1,
    b: patience,
    // "At least 32 seconds": 64*T1 with the usual T1, and scaled with it.
    d: reliable ? 0 : patience,
    e: t1,
    f: patience,
    g: t1,
    h: patience,
    i: reliable ? 0 : t4,
    j: reliable ? 0 : patience,
    k: reliable ? 0 : t4,
    l: patience,
    m: patience,
    trying: 0.4 * t1,
  };
}
