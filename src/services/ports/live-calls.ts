/** A call that is going on. */
export interface LiveCall {
  readonly id: string;
  /** When it came in, in milliseconds since 1970. */
  readonly since: number;
  readonly state: 'setting-up' | 'talking' | 'ending';
  /** The IP address that it came from. */
  readonly peer: string;
  /** The name of the dial plan that was called; absent until it is known. */
  readonly dialPlan?: string;
}

/** The calls that there are at the moment, as administrators see them. Nothing of it throws. */
export interface LiveCalls {
  list(): readonly LiveCall[];
  /** Ends a call, with a farewell; false when there is none of this id. */
  hangUp(id: string): boolean;
}
