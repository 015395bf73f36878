import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailBacklog } from '../../../services/ports/outbox-store.ts';
import { FakeClock } from '../../../testing/clock.ts';
import { IDLE } from '../../../testing/http/test-operations.ts';
import { createReadiness, MAIL_PATIENCE, type Readiness, type ReadinessParts } from './readiness.ts';

const NOTHING: MailBacklog = { waiting: 0, refused: 0, oldestQueuedAt: undefined, nextDueAt: undefined };

describe('readiness', () => {
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock();
  });
  afterEach(() => expect(clock.pending).toBe(0));

  interface Changes {
    readonly figures?: Partial<ReturnType<ReadinessParts['telephony']['figures']>>;
    readonly backlog?: () => Promise<MailBacklog>;
    readonly isStoring?: boolean;
    readonly cutOffFor?: number;
  }

  const judge = ({
    figures = {},
    backlog = async () => NOTHING,
    isStoring = true,
    cutOffFor = 0,
  }: Changes): (() => Promise<Readiness>) =>
    createReadiness({
      telephony: { figures: () => ({ ...IDLE, ...figures }) },
      outbox: { backlog },
      writes: { comesThrough: async () => isStoring },
      mail: { cutOffFor },
      clock,
    });

  /** One mail that was queued so long ago, and is due in so long, in milliseconds. */
  const waiting = (age: number, dueIn: number) => async (): Promise<MailBacklog> => {
    const now = clock.now();
    return { waiting: 1, refused: 0, oldestQueuedAt: now - age, nextDueAt: now + dueIn };
  };

  const UP = { service: 'up', database: 'up', signalling: 'up', media: 'up', mail: 'up' } as const;

  it.each<[string, Changes, Partial<Readiness['parts']>]>([
    ['is there when every part is', {}, {}],
    ['is not there without drachtio', { figures: { signallingUp: false } }, { signalling: 'down' }],
    [
      'is not there without a media server',
      { figures: { mediaServers: [{ up: false, sessions: 0, maxSessions: 0 }] } },
      { media: 'down' },
    ],
    ['is not there while draining', { figures: { draining: true } }, { service: 'draining' }],
    [
      'is not there without the database',
      { backlog: () => Promise.reject(new Error('SQLITE_FULL: /secret/path')) },
      { database: 'down', mail: 'unknown' },
    ],
    ['is not there when the database stores nothing', { isStoring: false }, { database: 'stuck' }],
  ])('%s', async (_what, changes, parts) => {
    const ready = Object.keys(parts).length === 0;
    expect(await judge(changes)()).toEqual({ ready, parts: { ...UP, ...parts } });
  });

  it.each<[string, number, number, number, Readiness['parts']['mail']]>([
    ['the way out is cut and one has waited', MAIL_PATIENCE, 1_000, MAIL_PATIENCE, 'behind'],
    ['nobody tries what is due', MAIL_PATIENCE, -MAIL_PATIENCE, 0, 'behind'],
    ['the way out has only just been cut', MAIL_PATIENCE, 1_000, MAIL_PATIENCE - 1, 'up'],
    ['none has waited for long', MAIL_PATIENCE - 1, 1_000, 10 * MAIL_PATIENCE, 'up'],
    ['one recipient puts mails off for days', 1_000 * MAIL_PATIENCE, 3_000_000, 0, 'up'],
  ])('judges mails: %s', async (_what, age, dueIn, cutOffFor, mail) => {
    expect((await judge({ backlog: waiting(age, dueIn), cutOffFor })()).parts.mail).toBe(mail);
  });

  it('is told within two seconds of a database that says nothing', async () => {
    const answer = judge({ backlog: () => new Promise(() => undefined) })();
    await clock.advance(2_000);
    expect(await answer).toMatchObject({ ready: false, parts: { database: 'down' } });
  });

  it('is looked at once a second, however often it is asked for', async () => {
    let looks = 0;
    const ask = judge({
      backlog: async () => {
        looks += 1;
        return NOTHING;
      },
    });
    await Promise.all(Array.from({ length: 100 }, ask));
    await clock.advance(999);
    await ask();
    expect(looks).toBe(1);
    await clock.advance(1);
    await ask();
    expect(looks).toBe(2);
  });
});
