import { describe, expect, it } from 'vitest';
import { SignedOut } from '../api/failure.ts';
import type { AdministratorSession } from './session.ts';
import { SessionKeeper } from './session-keeper.ts';

const session = (changes: Partial<AdministratorSession> = {}): AdministratorSession => ({
  kind: 'administrator',
  name: 'Ann',
  roles: ['help-desk'],
  may: [],
  csrfToken: 'first',
  idleUntil: '2026-01-15T10:00:00.000Z',
  until: '2026-01-15T17:00:00.000Z',
  signedInBy: 'token',
  ...changes,
});

function keeperOfAnn() {
  let startedOver = 0;
  const keeper = new SessionKeeper<AdministratorSession>(() => {
    startedOver++;
  });
  keeper.begin(session());
  return { keeper, startedOver: () => startedOver };
}

describe('a session that has run out', () => {
  it('keeps what waits until its person has signed in again', async () => {
    const { keeper } = keeperOfAnn();
    const first = keeper.signedInAgain();
    const second = keeper.signedInAgain();
    expect(keeper.state()).toEqual({ kind: 'run-out', session: session() });
    expect(keeper.csrfToken()).toBeUndefined();
    keeper.begin(session({ csrfToken: 'second' }));
    await Promise.all([first, second]);
    expect(keeper.csrfToken()).toBe('second');
  });

  it('gives up what waits when nobody is going to sign in', async () => {
    const { keeper } = keeperOfAnn();
    const waiting = keeper.signedInAgain();
    keeper.end();
    await expect(waiting).rejects.toBeInstanceOf(SignedOut);
    await expect(keeper.signedInAgain()).rejects.toBeInstanceOf(SignedOut);
  });

  it.each<Partial<AdministratorSession>>([{ name: 'Bob' }, { roles: ['view-only'] }])(
    'starts over for somebody else: %j',
    (other) => {
      const { keeper, startedOver } = keeperOfAnn();
      keeper.runOut();
      keeper.begin(session(other));
      expect(startedOver()).toBe(1);
      expect(keeper.state().kind).toBe('run-out');
    },
  );
});

describe('who listens', () => {
  it('is told of each change until it does not want to be', () => {
    const { keeper } = keeperOfAnn();
    const seen: string[] = [];
    const forget = keeper.subscribe(() => seen.push(keeper.state().kind));
    keeper.runOut();
    keeper.begin(session());
    forget();
    keeper.end();
    expect(seen).toEqual(['run-out', 'signed-in']);
  });
});
