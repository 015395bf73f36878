import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { LOCKOUT, PIN_RESET } from '../testing/letters.ts';
import { createTestDelivery, TEST_KEYS, transportTo } from '../testing/mail/mail-rig.ts';
import { MAILED_PIN, useMailRig } from '../testing/mail/use-mail-rig.ts';

const SECOND = 1_000;

describe.each(DATABASE_KINDS)('a worker that is not alone, or ends in between ($name)', (kind) => {
  const use = useMailRig(kind);

  it('shares an outbox with other workers, each mail being sent once', async () => {
    const sink = await use.sinkOf();
    const ids = [];
    for (let nth = 0; nth < 20; nth++) ids.push(await use.rig.queue(LOCKOUT));
    const other = createTestDelivery({
      database: await use.rig.stored.openAgain(),
      transport: transportTo(sink),
      keys: TEST_KEYS,
      clock: use.rig.clock,
      log: new CapturedLog(),
    });
    const one = use.rig.deliverBy(transportTo(sink));
    await Promise.all([one.start(), other.start()]);
    await Promise.all([one.idle(), other.idle()]);
    await other.close();
    const sent = sink.mails.map(({ messageId }) => messageId);
    expect(sent.toSorted()).toEqual(ids.map((id) => `<${id}@example.test>`).toSorted());
  });

  describe('when it ends in between', () => {
    it('is carried on by the next', async () => {
      const sink = await use.takingAt(2);
      const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
      const first = use.rig.deliverBy(transportTo(sink));
      await first.start();
      await first.idle();
      await first.close();
      await use.rig.stored.reopen();
      const second = use.rig.deliverBy(transportTo(sink));
      await second.start();
      await second.idle();
      expect(sink.attempts()).toBe(1);
      await use.rig.clock.advance(30 * SECOND);
      await second.idle();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    });

    it('lets what is being sent end', async () => {
      const arrived = Promise.withResolvers<void>();
      const decided = Promise.withResolvers<void>();
      const sink = await use.sinkOf({
        onMail: async () => {
          arrived.resolve();
          await decided.promise;
          return undefined;
        },
      });
      const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
      const delivery = use.rig.deliverBy(transportTo(sink));
      await delivery.start();
      await arrived.promise;
      const closed = delivery.close();
      decided.resolve();
      await closed;
      await delivery.close();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered' });
      delivery.wake();
      await use.rig.queue(LOCKOUT);
      expect(sink.mails).toHaveLength(1);
    });

    it.each([
      ['after eight seconds', false],
      ['at once when it has to be now', true],
    ])('gives up %s what does not end, and the next sends it', async (_when, isNow) => {
      let isHeld = true;
      const arrived = Promise.withResolvers<void>();
      const sink = await use.sinkOf({
        onRecipient: async () => {
          if (!isHeld) return undefined;
          arrived.resolve();
          await new Promise<void>((resolve) => use.atEnd(resolve));
          return undefined;
        },
      });
      const ids = [];
      for (let nth = 0; nth < 4; nth++) ids.push(await use.rig.queue(LOCKOUT));
      const delivery = use.rig.deliverBy(transportTo(sink));
      await delivery.start();
      await arrived.promise;
      const closed = isNow ? delivery.giveUp() : delivery.close();
      if (!isNow) await use.rig.clock.advance(8 * SECOND);
      await closed;
      isHeld = false;
      const next = use.rig.deliverBy(transportTo(sink));
      await next.start();
      await next.idle();
      for (const id of ids) expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered' });
    });

    it('sends a mail once more, known by its Message-ID, when it was killed before it could note that it was taken', async () => {
      let worker: ChildProcess | undefined;
      const died = Promise.withResolvers<void>();
      const sink = await use.sinkOf({
        onMail: async () => {
          worker?.kill('SIGKILL');
          await died.promise;
          return undefined;
        },
      });
      const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
      const program = join(import.meta.dirname, '../testing/mail/mail-process.ts');
      worker = spawn(process.execPath, [program, use.rig.stored.path, String(sink.port), String(use.rig.clock.now())], {
        stdio: 'inherit',
      });
      worker.once('exit', () => died.resolve());
      await sink.received(1);
      expect(await use.rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
      const delivery = use.rig.deliverBy(transportTo(sink));
      await delivery.start();
      await delivery.idle();
      expect(sink.mails).toHaveLength(1);
      // What was claimed is free again when the claim has run out.
      await use.rig.clock.advance(240 * SECOND);
      await delivery.idle();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2, pin: undefined });
      expect(sink.mails.map(({ messageId }) => messageId)).toEqual([`<${id}@example.test>`, `<${id}@example.test>`]);
    });
  });

  it('outlives a failure of the database', async () => {
    const sink = await use.sinkOf();
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    await use.rig.stored.run('alter table outbox rename to elsewhere');
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(use.rig.logged('could not be looked into')).toMatchObject([{ level: 'error' }]);
    await use.rig.stored.run('alter table elsewhere rename to outbox');
    await use.rig.clock.advance(5 * SECOND);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered' });
  });

  it('settles nothing that cannot be recorded, and sends it again', async () => {
    const sink = await use.sinkOf();
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    await use.rig.stored.run('alter table audit_record rename to elsewhere');
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(use.rig.logged('could not be stored')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
    await use.rig.stored.run('alter table elsewhere rename to audit_record');
    await use.rig.clock.advance(240 * SECOND);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(sink.mails).toHaveLength(2);
  });
});
