import { refusalOf } from './failure.ts';

/** What a user sees of the mailbox. */
export interface OwnMailbox {
  readonly displayName: string;
  readonly address: string;
  readonly extensions: readonly string[];
  readonly accessNumbers: readonly string[];
  readonly pin: {
    readonly state: 'ok' | 'expired' | 'must-change';
    readonly setAt: string;
    readonly expiresAt: string | null;
  };
  readonly lockedOut: boolean;
  readonly lockedUntil: string | null;
  readonly failuresSinceSuccess: number;
  readonly lastSuccessAt: string | null;
  readonly recentSignIns: readonly {
    readonly at: string;
    readonly outcome: 'succeeded' | 'failed' | 'locked-out';
    readonly callingNumber: string | null;
  }[];
  readonly mail: { readonly status: string; readonly queuedAt: string } | null;
}

/** What a user can do, over a `fetch` that knows the session. */
export interface SelfService {
  mailbox(): Promise<OwnMailbox>;
  /** Has a new PIN generated and mailed. */
  resetPin(): Promise<{ readonly mailedTo: string }>;
  /** Says that a sign-in was somebody else's: the mailbox is locked, and the operator told. */
  report(): Promise<unknown>;
}

export function createSelfService(send: typeof fetch): SelfService {
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await send(`/web/me/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw refusalOf(response.status, text, response.headers);
    return JSON.parse(text);
  };
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
  return {
    mailbox: () => ask('mailbox'),
    resetPin: () => ask('pin-resets', post),
    report: () => ask('reports', post),
  };
}
