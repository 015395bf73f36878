import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../../../domain/mailbox.ts';
import { Happenings } from '../../../services/happenings.ts';
import { auditMailOutcome } from '../../../services/mail-outcomes.ts';
import { CallRegistry } from '../../../telephony/call-registry.ts';
import { readExposition, sampleValue } from '../../../testing/exposition.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { EventReader } from '../../../testing/http/event-reader.ts';
import {
  type ApiMailbox,
  bodyOf,
  expectProblem,
  type StockedApi,
  startStockedApi,
} from '../../../testing/http/stocked-api.ts';
import { TestBrowser } from '../../../testing/http/test-browser.ts';
import { BY_TEST } from '../../../testing/test-service.ts';
import { Overview } from '../schemas/overview.ts';
import { MOST_STREAMS_OF_PERSON } from './live-events.ts';

const POLLED = { timeout: 10_000 };
const recorder = new AnswerRecorder();
let api: StockedApi;
let mailbox: ApiMailbox;
let registry: CallRegistry;
let readers: EventReader[];

beforeEach(async () => {
  api = await startStockedApi({
    recorder,
    parts: (service) => {
      registry = new CallRegistry(10, service.clock, service.log);
      return { calls: registry, overview: { database: service.database, calls: registry, clock: service.clock } };
    },
  });
  mailbox = await api.mailbox();
  readers = [];
});
afterEach(async () => {
  for (const reader of readers) reader.close();
  await api.close();
});

async function listen(headers: Readonly<Record<string, string>> = bearer('view-only')): Promise<EventReader> {
  const reader = await EventReader.open(`${api.url}/api/v1/events`, headers);
  readers.push(reader);
  return reader;
}

const bearer = (role: keyof StockedApi['tokens']) => ({ authorization: `Bearer ${api.tokens[role]}` });

/** The trail is looked at each second; time is moved on until what is waited for has come. */
async function comes(reader: EventReader, name: string, count = 1): Promise<readonly unknown[]> {
  const isThere = (): boolean => reader.of(name).length >= count;
  await reader.until(isThere, name, () => api.service.clock.advance(1_000));
  return reader.of(name).map(({ data }) => data);
}

describe('the overview', () => {
  it('counts what is locked, reset, locked out, waiting and talking', async () => {
    const before = bodyOf(await api.ask('/overview'), 200, Overview);
    expect(before).toMatchObject({ lockedOut: 0, pinResetsToday: 0, lockoutsToday: 0, liveCalls: 0 });
    await api.ask(`${mailbox.path}/pin/reset`, { method: 'POST', body: {} });
    await api.ask(`${mailbox.path}/lock`, { method: 'POST' });
    const other = await api.mailbox();
    await api.ask(`${other.path}/lock`, { method: 'POST' });
    await api.ask(`${other.path}/unlock`, { method: 'POST' });
    const after = bodyOf(await api.ask('/overview'), 200, Overview);
    expect(after).toMatchObject({ lockedOut: 1, pinResetsToday: 1, lockoutsToday: 2 });
    expect(after.mailsWaiting).toBe(before.mailsWaiting + 2);
    await api.service.clock.advance(86_400_001);
    expect((await api.ask('/overview')).json).toMatchObject({ lockedOut: 1, pinResetsToday: 0, lockoutsToday: 0 });
  });

  it('does not count a lock that has run out', async () => {
    await api.ask(`/mailbox-policies/${api.policy.id}`, { method: 'PATCH', body: { lockoutDuration: 15 } });
    await api.service.stored.run(
      `update credential set lock_reason = 'failures', lock_scope = 'everywhere', locked_at = ${api.service.clock.now()} where mailbox_id is not null`,
    );
    expect((await api.ask('/overview')).json).toMatchObject({ lockedOut: 1 });
    await api.service.clock.advance(15 * 60_000);
    expect((await api.ask('/overview')).json).toMatchObject({ lockedOut: 0 });
  });
});

describe('the events', () => {
  it('begin with the numbers, as a stream that nothing in between keeps', async () => {
    const reader = await listen();
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reader.response.headers.get('cache-control')).toBe('no-store');
    expect(await comes(reader, 'overview')).toMatchObject([{ lockedOut: 0 }]);
    expect(reader.events[0]?.id).toBe(String(await api.service.database.audit.last()));
  });

  it('tell what this process and others do to mailboxes, and how the numbers change', async () => {
    const reader = await listen();
    await comes(reader, 'overview');
    await api.ask(`${mailbox.path}/lock`, { method: 'POST' });
    expect(await comes(reader, 'mailbox')).toEqual([{ id: mailbox.id }]);
    const number = await api.service.database.audit.last();
    expect(await comes(reader, 'audit')).toEqual([{ number }]);
    expect(await comes(reader, 'overview', 2)).toMatchObject([{}, { lockedOut: 1, lockoutsToday: 1 }]);
    const other = await api.service.stored.openAgain();
    const mail = { id: 'mail-1', mailboxId: mailbox.id, letter: { kind: 'pin-reset' }, attempts: 1 };
    await other.transact((stores) =>
      auditMailOutcome(stores, api.service.auditSealer, {
        mail: mail as Parameters<typeof auditMailOutcome>[2]['mail'],
        state: 'delivered',
        at: api.service.clock.now(),
        error: undefined,
      }),
    );
    expect(await comes(reader, 'mail')).toEqual([{ id: 'mail-1', mailboxId: mailbox.id, status: 'delivered' }]);
  });

  it('are counted while somebody listens', async () => {
    const open = async (): Promise<number | undefined> => {
      const samples = readExposition((await api.ask('//metrics')).text);
      return sampleValue(samples, 'touchtone_event_streams');
    };
    expect(await open()).toBe(0);
    const reader = await listen();
    await comes(await listen(), 'overview');
    expect(await open()).toBe(2);
    reader.close();
    await expect.poll(open, { timeout: 10_000 }).toBe(1);
  });

  it('tell of calls', async () => {
    const reader = await listen();
    await comes(reader, 'overview');
    const admission = registry.admit();
    if (admission.kind !== 'place') throw new Error('There is no place');
    const facts = { id: 'call-1', since: 1, peer: '192.0.2.7', state: 'talking' } as const;
    admission.place.occupy({ ...facts, end: () => undefined });
    expect(await comes(reader, 'call')).toEqual([{ kind: 'began', id: 'call-1' }]);
    admission.place.free();
    expect(await comes(reader, 'call', 2)).toMatchObject([{}, { kind: 'ended', id: 'call-1' }]);
    expect(await comes(reader, 'overview', 3)).toMatchObject([{}, { liveCalls: 1 }, { liveCalls: 0 }]);
  });

  it('say that something was missed to whoever comes back, and when there was too much', async () => {
    const last = String(await api.service.database.audit.last());
    const current = await listen({ ...bearer('view-only'), 'last-event-id': last });
    await comes(current, 'overview');
    expect(current.of('resync')).toEqual([]);
    const back = await listen({ ...bearer('view-only'), 'last-event-id': '1' });
    expect(await comes(back, 'resync')).toEqual([{}]);
    await api.service.database.transact(async (stores) => {
      const outcome = { state: 'delivered', at: 1, error: undefined } as const;
      const mail = { id: 'm', mailboxId: mailbox.id as MailboxId, letter: { kind: 'pin-reset' }, attempts: 1 };
      for (let count = 0; count <= 500; count++) {
        await auditMailOutcome(stores, api.service.auditSealer, { ...outcome, mail: mail as never });
      }
    });
    await comes(current, 'resync');
    expect(current.of('mail')).toEqual([]);
  });

  it('say that something was missed when the database has failed, once it does no more', async () => {
    const reader = await listen();
    await comes(reader, 'overview');
    await api.ask(`${mailbox.path}/lock`, { method: 'POST' });
    // The end of the trail can be read, the numbers cannot.
    await api.service.stored.run('alter table outbox rename to away');
    const isNoted = (): boolean =>
      api.service.log.lines.some(({ message }) => message.startsWith('What happens cannot'));
    await reader.until(isNoted, 'A line in the log', () => api.service.clock.advance(1_000));
    expect(reader.of('mailbox')).toEqual([]);
    await api.service.stored.run('alter table away rename to outbox');
    expect(await comes(reader, 'resync')).toEqual([{}]);
    await api.ask(`${mailbox.path}/unlock`, { method: 'POST' });
    expect(await comes(reader, 'mailbox')).toEqual([{ id: mailbox.id }]);
    expect(reader.of('resync')).toHaveLength(1);
  });

  it('begin with the numbers of now, also for whoever comes when the last one has left during a look', async () => {
    let duringLook: () => void = () => undefined;
    const calls = {
      list: () => {
        duringLook();
        return [];
      },
      hangUp: () => false,
    };
    const happenings = new Happenings({ ...api.service, calls });
    const first = await happenings.listen(() => undefined);
    let listed = 0;
    duringLook = () => {
      listed++;
      first.stop();
    };
    await api.ask(`${mailbox.path}/lock`, { method: 'POST' });
    // The second time is when the look has counted everything.
    await expect
      .poll(async () => {
        await api.service.clock.advance(1_000);
        return listed;
      }, POLLED)
      .toBe(2);
    duringLook = () => undefined;
    await api.ask(`${mailbox.path}/unlock`, { method: 'POST' });
    const second = await happenings.listen(() => undefined);
    expect(second.sequence).toBe(await api.service.database.audit.last());
    expect(second.overview.lockedOut).toBe(0);
    second.stop();
  });

  it('come with something every 20 seconds, and are looked for only while somebody listens', async () => {
    const reader = await listen();
    await comes(reader, 'overview');
    const isThere = (): boolean => reader.text.includes(': still here');
    await reader.until(isThere, 'A comment', () => api.service.clock.advance(1_000));
    reader.close();
    await expect.poll(() => api.happenings.listeners, { timeout: 10_000 }).toBe(0);
    await api.service.clock.advance(60_000);
    api.service.stored.takeStatements();
    await api.service.clock.advance(60_000);
    expect(api.service.stored.takeStatements()).toEqual([]);
  });

  it('end with the session, and do not keep it from ending', async () => {
    const browser = new TestBrowser(api.url);
    await browser.send('/web/session', { method: 'POST', body: { token: api.tokens['help-desk'] } });
    const cookie = `touchtone=${browser.cookies.get('touchtone')?.value}`;
    const reader = await listen({ cookie });
    await browser.send('/web/session', { method: 'DELETE' });
    expect(await comes(reader, 'session-ended')).toEqual([{}]);
    await reader.until(() => reader.isOver, 'The end');
    await browser.send('/web/session', { method: 'POST', body: { token: api.tokens['help-desk'] } });
    const idle = await listen({ cookie: `touchtone=${browser.cookies.get('touchtone')?.value}` });
    await comes(idle, 'overview');
    for (let minutes = 0; minutes < 30; minutes += 10) {
      await browser.send('/api/v1/calls', { headers: { 'x-unattended': 'true' } });
      await api.service.clock.advance(600_000);
    }
    expect(await comes(idle, 'session-ended')).toEqual([{}]);
  });

  it('end when the token is removed', async () => {
    const made = await api.accessTokens.create({ name: 'short', role: 'view-only', expiresInDays: 1 }, BY_TEST, false);
    if (made.kind !== 'created') throw new Error('No token');
    const reader = await listen({ authorization: `Bearer ${made.secret}` });
    await comes(reader, 'overview');
    await api.accessTokens.remove(made.accessToken.id, BY_TEST, false);
    await comes(reader, 'session-ended');
  });

  it('are for six streams of one person at a time', async () => {
    for (let count = 0; count < MOST_STREAMS_OF_PERSON; count++) await listen();
    const answer = await api.ask('/events', { as: 'view-only' });
    expectProblem(answer, 'too-many-requests');
    expect((await listen(bearer('help-desk'))).response.status).toBe(200);
    readers[0]?.close();
    await expect
      .poll(async () => (await api.ask('/events', { as: 'view-only' })).status, { timeout: 10_000 })
      .toBe(200);
  });

  it('do not keep the service from closing', async () => {
    const reader = await listen();
    await comes(reader, 'overview');
    await api.app.close();
    await reader.until(() => reader.isOver, 'The end');
  });
});

describe('the answers', () => {
  it('are all that is documented', () => {
    expect(recorder.missingOf(api.routes, ['/api/v1/overview', '/api/v1/events'])).toEqual([]);
  });
});
