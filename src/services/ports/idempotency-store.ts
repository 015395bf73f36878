/** An answer as it was sent, to be sent again. */
export interface KeptAnswer {
  readonly status: number;
  /** The headers that belong to it: its type, where it is, its revision. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is kept of a request with an idempotency key. */
export interface IdempotentRequest {
  /** A keyed digest of method, address and body, which hold PINs: never a plain one. */
  readonly digest: string;
  readonly state: /** It is being carried out, by a process that says so until `until`, in milliseconds since 1970. */
    | { readonly kind: 'under-way'; readonly attempt: string; readonly until: number }
    | { readonly kind: 'answered'; readonly answer: KeptAnswer }
    /** It succeeded, and its answer held a secret. */
    | { readonly kind: 'answered-in-secret' };
}

/** One key of one requester. */
export interface IdempotencyKey {
  readonly requester: string;
  readonly key: string;
}

/** Requests that may be sent again. Every method throws when the database fails. */
export interface IdempotencyStore {
  byKey(key: IdempotencyKey): Promise<IdempotentRequest | undefined>;
  /** Replaces what there is of the key; `at` is in milliseconds since 1970. */
  put(key: IdempotencyKey, request: IdempotentRequest, at: number): Promise<void>;
  /** Forgets the key if this attempt still has it. */
  release(key: IdempotencyKey, attempt: string): Promise<void>;
  /** Forgets what was put before this moment. */
  prune(before: number): Promise<void>;
}
