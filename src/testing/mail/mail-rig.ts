import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { Meter } from '../../domain/meter.ts';
import { createMailDelivery, type MailDelivery } from '../../mail/mail-delivery.ts';
import type { MailTransport } from '../../mail/mail-transport.ts';
import { type SmtpTimeouts, smtpTransport } from '../../mail/smtp-transport.ts';
import { createAuditSealer } from '../../security/audit-sealer.ts';
import type { PinKeys } from '../../security/pin-keys.ts';
import { createPinSealer } from '../../security/pin-sealer.ts';
import { createWebSecrets } from '../../security/web-secrets.ts';
import type { AuditEntry } from '../../services/audit.ts';
import { auditMailOutcome } from '../../services/mail-outcomes.ts';
import { queueLetter } from '../../services/pin-replacement.ts';
import type { Database } from '../../services/ports/database.ts';
import { type Letter, PIN_LETTERS } from '../../services/ports/letter.ts';
import type { OutboxId, OutboxMail } from '../../services/ports/outbox-store.ts';
import { auditedIn } from '../audited.ts';
import { CapturedLog, type LogLine } from '../captured-log.ts';
import { CapturedMeter } from '../captured-meter.ts';
import { FakeClock } from '../clock.ts';
import { DEFAULT_KIND, type TestDatabase, type TestDatabaseKind } from '../databases.ts';

export const TEST_KEYS: PinKeys = [{ id: 'test', key: Buffer.alloc(32, 7) }];

/** Short, yet long enough for a machine that is busy; a mail as a whole is measured by the clock that stands still. */
const TEST_TIMEOUTS: SmtpTimeouts = { connection: 5_000, greeting: 1_500, silence: 1_500, mail: 120_000 };

/** An SMTP server on this machine, without TLS. */
export function transportTo({ port }: { readonly port: number }): MailTransport {
  return smtpTransport({ host: '127.0.0.1', port, security: 'none', login: undefined }, TEST_TIMEOUTS);
}

export interface TestDeliveryParts {
  readonly database: Database;
  readonly transport: MailTransport;
  readonly keys: PinKeys;
  readonly clock: Clock;
  readonly log: Log;
  readonly from?: string;
  readonly meter?: Meter;
}

/** A worker as the program has it, but for the jitter. */
export function createTestDelivery({ keys, ...parts }: TestDeliveryParts): MailDelivery {
  const auditSealer = createAuditSealer(keys);
  return createMailDelivery({
    from: 'touchtone@example.test',
    meter: new CapturedMeter(),
    ...parts,
    sealer: createPinSealer(keys),
    linkToken: (id) => createWebSecrets(keys).linkToken(id),
    onSettled: (stores, outcome) => auditMailOutcome(stores, auditSealer, outcome),
    random: () => 0.5,
  });
}

/** The delivery of mails over a real outbox. */
export interface MailRig {
  readonly stored: TestDatabase;
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  /** What was audited of mails, in order. */
  audited(): Promise<readonly AuditEntry[]>;
  /** Makes a worker; the ones before are not closed by this. Back-off is without jitter. */
  deliverBy(transport: MailTransport, keys?: PinKeys): MailDelivery;
  /** Stores a letter, with a PIN where it tells one, and withdraws older ones. */
  queue(letter: Letter, pin?: string): Promise<OutboxId>;
  mail(id: OutboxId): Promise<OutboxMail>;
  logged(message: string): readonly LogLine[];
  /** Closes every worker and removes the database. */
  dispose(): Promise<void>;
}

/** As long as a worker waits for what it is delivering, in milliseconds. */
const CLOSING = 8_000;

/** More mails than any test queues for one mailbox. */
const ALL_MAILS = 1_000;

async function findMail(database: Database, letters: ReadonlyMap<OutboxId, Letter>, id: OutboxId): Promise<OutboxMail> {
  const letter = letters.get(id);
  const mails = letter === undefined ? [] : await database.outbox.ofMailbox(letter.mailboxId, ALL_MAILS);
  const mail = mails.find((one) => one.id === id);
  if (mail === undefined) throw new Error('There is no such mail');
  return mail;
}

export async function createMailRig(kind: TestDatabaseKind = DEFAULT_KIND): Promise<MailRig> {
  const log = new CapturedLog();
  const clock = new FakeClock();
  const stored = await kind.create(log);
  clock.waitFor(() => stored.settled());
  const letters = new Map<OutboxId, Letter>();
  const workers: MailDelivery[] = [];
  return {
    stored,
    clock,
    log,
    audited: async () => (await auditedIn(stored)).filter(({ action }) => action === 'mail'),
    deliverBy: (transport, keys = TEST_KEYS) => {
      const worker = createTestDelivery({ database: stored.database, transport, keys, clock, log });
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
      const closed = Promise.all(workers.map((worker) => worker.close()));
      await clock.advance(CLOSING);
      await closed;
      await stored.dispose();
    },
  };
}
