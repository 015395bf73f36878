import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialPlan } from '../domain/dial-plan.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import type { Argon2Cost } from '../security/argon2-encoding.ts';
import type { AuditSearch } from '../services/audit-search.ts';
import { createAuditSearch } from '../services/audit-search-service.ts';
import { createDirectory, type Directory } from '../services/directory.ts';
import type { MailboxAdministration } from '../services/mailbox-administration.ts';
import { createMailboxAdministration } from '../services/mailbox-administration-service.ts';
import type { NewMailbox, Provisioned } from '../services/mailbox-provisioning.ts';
import type { PinAdministration, Requester } from '../services/pin-administration.ts';
import { createPinAdministration } from '../services/pin-administration-service.ts';
import type { PinChanges } from '../services/pin-changes.ts';
import { createPinChanges } from '../services/pin-changes-service.ts';
import type { OutboxMail } from '../services/ports/outbox-store.ts';
import { rehearsalOf } from '../services/rehearsal.ts';
import type { SignIn } from '../services/sign-in.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { CapturedLog } from './captured-log.ts';
import { FakeClock } from './clock.ts';
import { DEFAULT_KIND, type TestDatabase, type TestDatabaseKind } from './databases.ts';
import { openTestParts, type TestParts } from './service-parts.ts';

/** A mail in the outbox, and the PIN in it, opened. */
export interface TestLetter extends Omit<OutboxMail, 'pin'> {
  /** Undefined where there is none, or none any more. */
  readonly pin: string | undefined;
}

/** The services over a real database and key file of their own, with a clock that stands still. */
export interface TestService extends TestParts {
  readonly stored: TestDatabase;
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  readonly directory: Directory;
  readonly signIn: SignIn;
  readonly pinChanges: PinChanges;
  readonly pinAdministration: PinAdministration;
  readonly mailboxAdministration: MailboxAdministration;
  readonly auditSearch: AuditSearch;
  /** The same without a trace. */
  readonly rehearsal: Pick<TestService, 'directory' | 'pinAdministration' | 'mailboxAdministration'>;
  /** Where the key file is. */
  readonly folder: string;
  readonly keyFile: string;
  /** How often the worker of the mails has been told that there is one. */
  mailsAnnounced(): number;
  /** What the outbox has for a mailbox, the newest first. */
  letters(mailbox: MailboxId): Promise<readonly TestLetter[]>;
  dispose(): Promise<void>;
}

export interface TestServiceOptions extends Partial<Pick<TestParts, 'sourceLimits'>> {
  readonly kind?: TestDatabaseKind;
  readonly cost?: Argon2Cost;
}

/** More than any test queues for one mailbox. */
const ALL_LETTERS = 1_000;

/** Starts the services as the program does, with an empty directory. */
export async function createTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { kind = DEFAULT_KIND, ...changes } = options;
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-service-'));
  const keyFile = join(folder, 'keys.json');
  const log = new CapturedLog();
  const clock = new FakeClock();
  const stored = await kind.create(log);
  clock.waitFor(() => stored.settled());
  let mailsAnnounced = 0;
  const mailQueued = (): void => {
    mailsAnnounced++;
  };
  const parts = await openTestParts({ ...changes, database: stored.database, clock, log, keyFile, mailQueued });
  const rehearsed = rehearsalOf(parts);
  return {
    ...parts,
    stored,
    clock,
    log,
    directory: createDirectory(parts),
    signIn: await createSignIn(parts),
    pinChanges: createPinChanges(parts),
    pinAdministration: createPinAdministration(parts),
    mailboxAdministration: createMailboxAdministration(parts),
    auditSearch: createAuditSearch(parts),
    rehearsal: {
      directory: createDirectory(rehearsed),
      pinAdministration: createPinAdministration(rehearsed),
      mailboxAdministration: createMailboxAdministration(rehearsed),
    },
    folder,
    keyFile,
    mailsAnnounced: () => mailsAnnounced,
    letters: async (mailbox) => {
      const mails = await stored.database.outbox.ofMailbox(mailbox, ALL_LETTERS);
      return mails.map(({ pin, ...mail }) => ({ ...mail, pin: pin && parts.pinSealer.open(pin, mail.id) }));
    },
    dispose: async () => {
      await stored.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface TestDialPlan {
  readonly dialPlan: DialPlan;
  readonly policy: MailboxPolicy;
}

/** Who the tests are when they change something. */
export const BY_TEST: Requester = {
  actor: { kind: 'administrator', name: 'test' },
  source: { kind: 'http', address: '192.0.2.1' },
};

/** Makes a dial plan of five-digit extensions with its default policy. */
export async function createTestDialPlan(
  { directory }: TestService,
  name: string = 'Test',
  accessNumber: string = '7000',
): Promise<TestDialPlan> {
  const created = await directory.createDialPlan({ name, extensionDigits: 5, accessNumbers: [accessNumber] }, BY_TEST);
  if (created.kind !== 'created') throw new Error(`The dial plan is refused: ${created.kind}`);
  return { dialPlan: created.dialPlan, policy: created.defaultPolicy };
}

/** Makes a mailbox with a known PIN and without a letter, unless `changes` say otherwise. */
export function provisionTestMailbox(
  { directory }: TestService,
  { policy }: TestDialPlan,
  changes: Partial<NewMailbox> & { readonly typedPin?: string } = {},
): Promise<Provisioned> {
  const { typedPin = '1985848', ...wanted } = changes;
  return directory.provisionMailbox(
    policy.id,
    {
      address: 'tonysmith@contoso.com',
      displayName: 'Tony Smith',
      extensions: ['51234'],
      pin: { kind: 'typed', pin: typedPin, mail: false, notice: false },
      ...wanted,
    },
    BY_TEST,
  );
}
