import { afterAll, describe, expect, it } from 'vitest';
import { readExposition, sampleValue } from '../exposition.ts';
import { ANSWERS, startWebhookSink } from '../webhook-sink.ts';
import { callMailbox, failInCall, failOverCalls } from './callers.ts';
import { useService } from './use-service.ts';

const MAILBOXES = 3;
const SECRET = 'a-secret-of-the-suite';
const sink = await startWebhookSink();
afterAll(() => sink.close());

describe('failed sign-ins at many mailboxes', () => {
  const setting = useService({
    SPRAY_MAILBOXES: String(MAILBOXES),
    ALERT_WEBHOOK_URL: sink.url.href,
    ALERT_WEBHOOK_SECRET: SECRET,
  });

  it('raise an alert that arrives although the webhook fails at first, and keep nobody waiting', async () => {
    const { service } = setting;
    sink.answerBy(ANSWERS.failing);
    const [first, ...others] = await Promise.all(Array.from({ length: MAILBOXES }, () => service.stock.add()));
    if (first === undefined) throw new Error('There is no mailbox');
    for (const mailbox of others) await failOverCalls(setting, mailbox, 1);
    expect(sink.posted).toEqual([]);
    const last = await callMailbox(setting, first);
    await failInCall(last, first.wrongPin, 1);
    // Said at once, while the alert is tried again and again.
    expect(last.timings.poundToPromptMs.at(-1)).toBeLessThan(1_000);
    await last.hangUp();
    await sink.received(1);
    sink.answerBy(ANSWERS.taken);
    await sink.received(2);

    const [attempt, repeat] = sink.posted;
    expect(repeat?.headers['touchtone-alert-id']).toBe(attempt?.headers['touchtone-alert-id']);
    expect(JSON.parse(repeat?.body ?? '')).toMatchObject({
      kind: 'spray',
      source: { kind: 'address', name: '127.0.0.1' },
      mailboxes: MAILBOXES,
      minutes: 10,
    });
    expect(service.logged('Sign-ins fail at many mailboxes from one source')).toMatchObject([
      { level: 'warn', event: 'spray', source: 'address 127.0.0.1' },
    ]);
    const log = service.log.join('\n');
    for (const secret of ['s3cret-path', SECRET]) expect(log).not.toContain(secret);
    const samples = readExposition((await service.app.operations.metrics.read()).text);
    expect(sampleValue(samples, 'touchtone_spray_alarms_total', { source: 'address' })).toBe(1);
  });

  it('that lock a mailbox are an alert, too', async () => {
    const { service } = setting;
    const before = sink.posted.length;
    const mailbox = await service.stock.add({
      settings: { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 1 },
    });
    const call = await callMailbox(setting, mailbox);
    await call.press(`${mailbox.wrongPin}#`);
    await call.heard('mailbox-locked');
    await call.hangUp();
    await sink.received(before + 1);
    expect(JSON.parse(sink.posted.at(-1)?.body ?? '')).toMatchObject({
      kind: 'lockout',
      text: `The mailbox of ${mailbox.address} is locked after a failed sign-in.`,
      mailbox: { address: mailbox.address },
      failures: 1,
    });
  });
});
