import { createPinSealer } from '../../security/pin-sealer.ts';
import type { PinKeys } from '../../security/pin-keys.ts';
import { createMailDelivery, type MailDelivery } from '../../mail/mail-delivery.ts';
import type { MailTransport } from '../../mail/mail-transport.ts';
import { type SmtpTimeouts, smtpTransport } from '../../mail/smtp-transport.ts';
import type { Database } from '../../services/ports/database.ts';
import { type Letter, PIN_LETTERS } from '../../services/ports/letter.ts';
import type { MailOutcome } from '../../services/ports/mail-outcome.ts';
import type { OutboxId, OutboxMail } from '../../services/ports/outbox-store.ts';
import { queueLetter } from '../../services/pin-replacement.ts';
import { CapturedLog, type LogLine } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { DATABASE_KINDS, type TestDatabase, type TestDatabaseKind } from '../databases.ts';

export const TEST_KEYS: PinKeys = [{ id: 'test', key: Buffer.alloc(32, 7) }];

/** Short, but for a mail as a whole: that is measured by the clock that stands still. */
export const TEST_TIMEOUTS: SmtpTimeouts = { connection: 5_000, greeting: 400, silence: 400, mail: 120_000 };

/** An SMTP server on this machine, without TLS. */
export function transportTo({ port }: { readonly port: number }): MailTransport {
  return smtpTransport({ host: '127.0.0.1', port, security: 'none', login: undefined }, TEST_TIMEOUTS);
}

/** The delivery of mails over a real outbox. */
export interface MailRig {
  readonly stored: TestDatabase;
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  /** What was told of mails that are settled. */
  readonly outcomes: readonly MailOutcome[];
  /** Makes a worker; the ones before are not closed by this. Back-off is without jitter. */
  deliverBy(transport: MailTransport, keys?: PinKeys): MailDelivery;
  /** Stores a letter, with a PIN where it tells one, and withdraws older ones. */
  queue(letter: Letter, pin?: string): Promise<OutboxId>;
  mail(id: OutboxId): Promise<OutboxMail>;
  logged(message: string): readonly LogLine[];
  /** Closes every worker and removes the database. */
  dispose(): Promise<void>;
}

/** More mails than any test queues for one mailbox. */
const ALL_MAILS = 1_000;

async function findMail(database: Database, letters: ReadonlyMap<OutboxId, Letter>, id: OutboxId): Promise<OutboxMail> {
  const letter = letters.get(id);
  const mails = letter === undefined ? [] : await database.outbox.ofMailbox(letter.mailboxId, ALL_MAILS);
  const mail = mails.find((one) => one.id === id);
  if (mail === undefined) throw new Error('There is no such mail');
  return mail;
}

export async function createMailRig(kind: TestDatabaseKind | undefined = DATABASE_KINDS[0]): Promise<MailRig> {
  if (kind === undefined) throw new Error('There is no kind of database');
  const log = new CapturedLog();
  const clock = new FakeClock();
  const stored = await kind.create(log);
  const letters = new Map<OutboxId, Letter>();
  const workers: MailDelivery[] = [];
  const outcomes: MailOutcome[] = [];
  return {
    stored,
    clock,
    log,
    outcomes,
    deliverBy: (transport, keys = TEST_KEYS) => {
      const worker = createMailDelivery({
        database: stored.database,
        sealer: createPinSealer(keys),
        transport,
        from: 'touchtone@example.test',
        clock,
        log,
        onSettled: async (_stores, outcome) => {
          outcomes.push(outcome);
        },
        random: () => 0.5,
      });
      workers.push(worker);
      return worker;
    },
    queue: async (letter, pin) => {
      const tellsPin = PIN_LETTERS.includes(letter.kind);
      const id = await stored.database.transact((stores) =>
        queueLetter(stores, createPinSealer(TEST_KEYS), letter, tellsPin ? (pin ?? '407193') : undefined, clock.now()),
      );
      letters.set(id, letter);
      return id;
    },
    mail: (id) => findMail(stored.database, letters, id),
    logged: (message) => log.lines.filter((line) => line.message.includes(message)),
    dispose: async () => {
      await Promise.all(workers.map((worker) => clock.untilSettled(worker.close())));
      await stored.dispose();
    },
  };
}
