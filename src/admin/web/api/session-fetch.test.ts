import { describe, expect, it } from 'vitest';
import { SignedOut } from './failure.ts';
import { type SessionOfRequests, sessionFetch, watchAttendance } from './session-fetch.ts';

interface Sent {
  readonly method: string;
  readonly token: string | null;
  readonly body: unknown;
  readonly unattended: string | null;
}

/** A server that gives these answers, one after the other, and what was sent to it. */
function serverWith(...answers: readonly Response[]) {
  const sent: Sent[] = [];
  const left = [...answers];
  const send: typeof fetch = async (_input, init = {}) => {
    sent.push({
      method: init.method ?? 'GET',
      token: new Headers(init.headers).get('x-csrf-token'),
      body: init.body ?? null,
      unattended: new Headers(init.headers).get('x-unattended'),
    });
    const answer = left.shift();
    if (answer === undefined) throw new Error('Nobody expected this request');
    return answer;
  };
  return { sent, send };
}

function sessionThat(changes: Partial<SessionOfRequests> = {}): SessionOfRequests {
  return { csrfToken: () => 'token', signedInAgain: async () => undefined, renew: async () => false, ...changes };
}

const there = () => true;
const ok = () => new Response('{}', { status: 200 });
const ended = () => new Response('', { status: 401 });
const csrf = () => new Response('{"type":"/api/v1/problems/csrf"}', { status: 403 });

describe('requests in a session', () => {
  it('carry the CSRF token when they change something, and not otherwise', async () => {
    const { sent, send } = serverWith(ok(), ok());
    const ask = sessionFetch(sessionThat(), send, there);
    await ask('/a');
    await ask('/b', { method: 'POST', body: '{"pin":"1"}' });
    expect(sent).toMatchObject([
      { method: 'GET', token: null, body: null },
      { method: 'POST', token: 'token', body: '{"pin":"1"}' },
    ]);
  });

  it('say that nobody has asked for them a minute after somebody did something last, unless they change something', async () => {
    const [page, clock] = [new EventTarget(), { now: 5 }];
    const { sent, send } = serverWith(ok(), ok(), ok(), ok(), ok());
    const ask = sessionFetch(
      sessionThat(),
      send,
      watchAttendance(page, () => clock.now),
    );
    await ask('/opened');
    clock.now += 60_000;
    await ask('/by-itself');
    await ask('/change', { method: 'POST' });
    page.dispatchEvent(new Event('keydown'));
    await ask('/typed');
    clock.now += 60_000;
    await ask('/by-itself');
    expect(sent.map(({ unattended }) => unattended)).toEqual([null, 'true', null, null, 'true']);
  });

  it('wait for another sign-in, however often it runs out, and are sent once more as they were', async () => {
    let token = 0;
    const { sent, send } = serverWith(ended(), ended(), ok());
    const session = sessionThat({
      csrfToken: () => `token ${token}`,
      signedInAgain: async () => {
        token++;
      },
    });
    const answer = await sessionFetch(session, send, there)('/a', { method: 'POST', body: 'typed' });
    expect(answer.status).toBe(200);
    expect(sent.map((one) => [one.token, one.body])).toEqual([
      ['token 0', 'typed'],
      ['token 1', 'typed'],
      ['token 2', 'typed'],
    ]);
  });

  it('are given up with the sign-in', async () => {
    const { send } = serverWith(ended());
    const session = sessionThat({ signedInAgain: () => Promise.reject(new SignedOut()) });
    await expect(sessionFetch(session, send, there)('/a')).rejects.toBeInstanceOf(SignedOut);
  });

  it('read the session anew when another tab has begun one, once', async () => {
    const renewed = serverWith(csrf(), ok());
    const answer = await sessionFetch(
      sessionThat({ renew: async () => true }),
      renewed.send,
      there,
    )('/a', { method: 'POST' });
    expect(answer.status).toBe(200);
    const refused = serverWith(csrf(), csrf());
    const again = await sessionFetch(
      sessionThat({ renew: async () => true }),
      refused.send,
      there,
    )('/a', { method: 'POST' });
    expect([again.status, refused.sent.length]).toEqual([403, 2]);
  });
});
