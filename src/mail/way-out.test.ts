import { describe, expect, it } from 'vitest';
import { createReadiness, MAIL_PATIENCE } from '../admin/http/operations/readiness.ts';
import { WriteCheck } from '../admin/http/operations/write-check.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { IDLE } from '../testing/http/test-operations.ts';
import { PIN_RESET } from '../testing/letters.ts';
import { createTestDelivery, TEST_KEYS, transportTo } from '../testing/mail/mail-rig.ts';
import { startSmtpSink } from '../testing/mail/smtp-sink.ts';
import { GREYLISTED, useMailRig } from '../testing/mail/use-mail-rig.ts';

describe.each(DATABASE_KINDS)('the way out for mails ($name)', (kind) => {
  const use = useMailRig(kind);

  const deliverTo = (port: number) => {
    const { stored, clock, log } = use.rig;
    const { database } = stored;
    const meter = new CapturedMeter();
    const transport = transportTo({ port });
    const delivery = createTestDelivery({ database, transport, keys: TEST_KEYS, clock, log, meter });
    const telephony = { figures: () => IDLE };
    const writes = new WriteCheck({ database, clock, log });
    const readiness = createReadiness({ telephony, outbox: database.outbox, writes, mail: delivery, clock });
    /** Time goes on, and every attempt that is due is made. */
    const pass = async (milliseconds: number): Promise<void> => {
      for (let left = milliseconds; left > 0; left -= 10_000) {
        await clock.advance(Math.min(left, 10_000));
        await delivery.idle();
      }
    };
    return { delivery, readiness, meter, pass };
  };

  it('is cut while the server is gone; five minutes later the service is not ready, and is again with the server', async () => {
    const gone = await startSmtpSink();
    const { port } = gone;
    await gone.close();
    const { delivery, readiness, meter, pass } = deliverTo(port);
    await use.rig.queue(PIN_RESET);
    await delivery.start();
    await delivery.idle();
    expect((await readiness()).parts.mail).toBe('up');
    await pass(MAIL_PATIENCE - 10_000);
    expect((await readiness()).parts.mail).toBe('up');
    await pass(20_000);
    expect(delivery.cutOffFor).toBeGreaterThanOrEqual(MAIL_PATIENCE);
    expect(await readiness()).toMatchObject({ ready: false, parts: { database: 'up', mail: 'behind' } });
    expect(meter.counted('mail', 'postponed')).toBeGreaterThan(1);

    const back = await startSmtpSink({ port });
    await pass(3_600_000);
    expect(back.mails).toHaveLength(1);
    expect(delivery.cutOffFor).toBe(0);
    expect((await readiness()).ready).toBe(true);
    expect(meter.counted('mail', 'delivered')).toBe(1);
    await delivery.close();
    await back.close();
  });

  it('is there while one recipient is put off for hours', async () => {
    const sink = await use.sinkOf({ onRecipient: () => GREYLISTED });
    const { delivery, readiness, pass } = deliverTo(sink.port);
    await use.rig.queue(PIN_RESET);
    await delivery.start();
    await delivery.idle();
    await pass(2 * MAIL_PATIENCE);
    expect(delivery.cutOffFor).toBe(0);
    expect((await readiness()).ready).toBe(true);
    await delivery.close();
  });
});
