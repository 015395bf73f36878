/** What clients may take up of the server; durations are in milliseconds. */
export interface HttpLimits {
  /** For the request line and the headers to come. */
  readonly headersTimeout: number;
  /** For the whole request to come. */
  readonly requestTimeout: number;
  /** For anything to move on a connection while a request is answered. */
  readonly idleTimeout: number;
  /** For the next request on a connection. */
  readonly keepAliveTimeout: number;
  /** How often the first two are looked after. */
  readonly checkEvery: number;
  /** At the same time; more are closed at once. */
  readonly connections: number;
  /** One after the other on a connection. */
  readonly requestsPerConnection: number;
  /** How long answers under way are waited for when the server closes. */
  readonly closing: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  idleTimeout: 60_000,
  keepAliveTimeout: 5_000,
  checkEvery: 1_000,
  connections: 1_000,
  requestsPerConnection: 10_000,
  closing: 3_000,
};

/** The longest body that is read, in bytes. */
export const BODY_LIMIT = 65_536;
/** The longest address, in characters; so much may be one part of it, and the schemas say how long that may be. */
export const URL_LIMIT = 4_096;
/** Request line and headers together, in bytes. */
export const HEADER_LIMIT = 16_384;
