import { createHmac } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import type { OperatorAlert } from '../services/ports/operator-alerts.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { FakeClock } from '../testing/clock.ts';
import { ANSWERS, startWebhookSink, type WebhookSink } from '../testing/webhook-sink.ts';
import { createWebhookAlerts, type WebhookAlerts } from './webhook-alerts.ts';

const SECRET = 'a-secret-of-the-tests';
const AN_HOUR = 3_600_000;

const spray: OperatorAlert = {
  kind: 'spray',
  at: Date.UTC(2026, 10, 27, 23, 8, 29, 123),
  source: { kind: 'trunk', name: '198.51.100.1' },
  mailboxes: 10,
  minutes: 10,
};

const lockout = (failures: number): OperatorAlert => ({
  kind: 'lockout',
  at: spray.at,
  mailbox: { id: 'mailbox-1' as MailboxId, address: 'tonysmith@contoso.com' },
  line: 'elsewhere',
  failures,
});

describe('alerts to a webhook', () => {
  let sink: WebhookSink;
  let clock: FakeClock;
  let log: CapturedLog;
  let meter: CapturedMeter;
  let alerts: WebhookAlerts;

  const make = (url: URL = sink.url, secret: string | undefined = SECRET): WebhookAlerts =>
    createWebhookAlerts({ webhook: { url, secret }, clock, log, meter, random: () => 0.5 });

  /** Lets real sockets go on until something is as it should be. */
  const until = async (done: () => boolean): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (!done()) {
      if (performance.now() > deadline) throw new Error('It does not come to pass');
      await nextTurn();
    }
  };
  const retried = (times: number) => until(() => meter.counted('alert', 'retried') === times);
  const delivered = (times: number) => until(() => meter.counted('alert', 'delivered') === times);

  beforeEach(async () => {
    sink = await startWebhookSink();
    clock = new FakeClock();
    log = new CapturedLog();
    meter = new CapturedMeter();
    alerts = make();
  });
  afterEach(async () => {
    await alerts.close();
    await sink.close();
    expect(clock.pending).toBe(0);
  });

  it('are posted as JSON that people can read, too, and signed', async () => {
    alerts.raise(spray);
    await delivered(1);
    const [posted] = sink.posted;
    expect(posted).toMatchObject({ method: 'POST', path: '/hooks/s3cret-path?a=b' });
    const body: unknown = JSON.parse(posted?.body ?? '');
    expect(body).toEqual({
      id: posted?.headers['touchtone-alert-id'],
      kind: 'spray',
      at: '2026-11-27T23:08:29.123Z',
      text: 'Sign-ins at 10 or more mailboxes have failed within 10 minutes, all from calls without a number through 198.51.100.1. Somebody may be trying out PINs.',
      source: { kind: 'trunk', name: '198.51.100.1' },
      mailboxes: 10,
      minutes: 10,
    });
    expect(posted?.headers['content-type']).toBe('application/json');
    const seconds = Math.floor(clock.now() / 1_000);
    const digest = createHmac('sha256', SECRET).update(`${seconds}.${posted?.body}`).digest('hex');
    expect(posted?.headers['touchtone-signature']).toBe(`t=${seconds},v1=${digest}`);
    expect(log.lines).toEqual([]);
  });

  it('are not signed without a secret', async () => {
    const unsigned = createWebhookAlerts({ webhook: { url: sink.url, secret: undefined }, clock, log, meter });
    unsigned.raise(lockout(15));
    await delivered(1);
    await unsigned.close();
    expect(sink.posted[0]?.headers).not.toHaveProperty('touchtone-signature');
    expect(JSON.parse(sink.posted[0]?.body ?? '')).toMatchObject({
      text: 'The mailbox of tonysmith@contoso.com is locked after 15 failed sign-ins.',
      mailbox: { id: 'mailbox-1', address: 'tonysmith@contoso.com' },
    });
  });

  it.each([
    ['fails', ANSWERS.failing, 'status 500'],
    ['has no time', ANSWERS.busy, 'status 429'],
    ['hangs up', ANSWERS.hangingUp, 'ECONNRESET'],
  ])('are posted again, later and later, where it %s; it is logged once', async (_what, answer, why) => {
    sink.answerBy(answer);
    alerts.raise(spray);
    alerts.raise(lockout(15));
    for (const [index, pause] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await retried(index + 1);
      await clock.advance(pause - 1);
      expect(sink.posted).toHaveLength(index + 1);
      await clock.advance(1);
    }
    await retried(5);
    sink.answerBy(ANSWERS.taken);
    await clock.advance(16_000);
    await delivered(2);
    expect(log.lines).toMatchObject([
      { level: 'warn', fields: { host: sink.url.host, why } },
      { level: 'info', message: 'Alerts are delivered again' },
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('s3cret');
    const ids = sink.posted.map(({ headers }) => headers['touchtone-alert-id']);
    expect(new Set(ids.slice(0, 6)).size).toBe(1);
    expect(sink.posted.slice(-2).map(({ body }) => (JSON.parse(body) as { kind: string }).kind)).toEqual([
      'spray',
      'lockout',
    ]);
  });

  it('do not wait for an answer for longer than five seconds', async () => {
    sink.answerBy(ANSWERS.silent);
    alerts.raise(spray);
    await sink.received(1);
    await clock.advance(4_999);
    expect(meter.counted('alert', 'retried')).toBe(0);
    await clock.advance(1);
    await retried(1);
    expect(log.lines).toMatchObject([{ fields: { why: 'no answer in time' } }]);
  });

  it('do not read an answer that has no end', async () => {
    sink.answerBy((response) => {
      response.writeHead(200);
      response.write('x'.repeat(100_000));
    });
    alerts.raise(spray);
    await delivered(1);
  });

  it('are given up after an hour where nobody listens, counted, and logged once', async () => {
    const { url } = sink;
    await sink.close();
    alerts = make(url);
    alerts.raise(spray);
    alerts.raise(spray);
    let attempts = 0;
    const begun = clock.monotonic();
    while (alerts.waiting > 0) {
      attempts += 1;
      const seen = attempts;
      await until(() => meter.counted('alert', 'retried') >= seen || alerts.waiting === 0);
      await clock.advance(60_000);
      await nextTurn();
    }
    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(AN_HOUR);
    expect(clock.monotonic() - begun).toBeLessThan(AN_HOUR + 5 * 60_000);
    expect(meter.counted('alert', 'expired')).toBe(2);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { why: 'ECONNREFUSED' } }]);
    sink = await startWebhookSink();
  });

  it('are not posted again where they are not wanted, and follow no redirect', async () => {
    const elsewhere = await startWebhookSink();
    sink.answerBy(ANSWERS.redirecting(elsewhere.url));
    alerts.raise(spray);
    await until(() => meter.counted('alert', 'refused') === 1);
    sink.answerBy(ANSWERS.refusing);
    alerts.raise(spray);
    await until(() => meter.counted('alert', 'refused') === 2);
    expect(sink.posted).toHaveLength(2);
    expect(elsewhere.posted).toEqual([]);
    expect(log.lines).toMatchObject([{ fields: { why: 'status 307' } }]);
    await elsewhere.close();
  });

  it('wait in a queue that has an end, and raising one takes no time', async () => {
    sink.answerBy(ANSWERS.silent);
    const began = performance.now();
    for (let alert = 0; alert < 10_000; alert++) alerts.raise(spray);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(alerts.waiting).toBe(100);
    expect(meter.counted('alert', 'dropped')).toBe(9_900);
    expect(log.lines).toHaveLength(1);
  });

  it('are forgotten when the service stops, which waits for nobody', async () => {
    sink.answerBy(ANSWERS.silent);
    for (let alert = 0; alert < 3; alert++) alerts.raise(spray);
    await sink.received(1);
    await alerts.close();
    expect(meter.counted('alert', 'dropped')).toBe(3);
    expect(log.lines).toMatchObject([{ fields: { alerts: 3 }, message: 'Alerts are given up, for the service stops' }]);
    alerts.raise(spray);
    expect(alerts.waiting).toBe(0);
  });
});
