import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialPlan } from '../domain/dial-plan.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import { createWelcomeMailFiles } from '../mail/welcome-mail-files.ts';
import type { Argon2Cost } from '../security/argon2-encoding.ts';
import { openKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { createDirectory, type Directory } from '../services/directory.ts';
import type { NewMailbox, Provisioned } from '../services/mailbox-provisioning.ts';
import type { Requester } from '../services/pin-administration.ts';
import type { Database } from '../services/ports/database.ts';
import type { PinHasher } from '../services/ports/pin-hasher.ts';
import type { WelcomeMail } from '../services/ports/welcome-mail.ts';
import type { SignIn } from '../services/sign-in.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { CapturedLog } from './captured-log.ts';
import { FakeClock } from './clock.ts';
import { DATABASE_KINDS, type TestDatabase, type TestDatabaseKind } from './databases.ts';

/** The least that Argon2id accepts: tests are about what is hashed, and benchmarks about what it costs. */
export const CHEAP_COST: Argon2Cost = { memory: 8, passes: 1, parallelism: 1 };

/** The services over a real database, key file and mail folder of their own, with a clock that stands still. */
export interface TestService {
  readonly stored: TestDatabase;
  readonly database: Database;
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  readonly hasher: PinHasher;
  readonly welcomeMail: WelcomeMail;
  readonly directory: Directory;
  readonly signIn: SignIn;
  /** Where the key file and the mails are. */
  readonly folder: string;
  /** The texts of the delivered mails. */
  mails(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

export interface TestServiceOptions {
  readonly kind?: TestDatabaseKind;
  readonly cost?: Argon2Cost;
}

async function mailsIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
}

/** Starts the services as the program does, with an empty directory. */
export async function createTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const kind = options.kind ?? DATABASE_KINDS[0];
  if (kind === undefined) throw new Error('There is no kind of database');
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-service-'));
  const log = new CapturedLog();
  const clock = new FakeClock();
  const stored = await kind.create(log);
  const { database } = stored;
  const { keys } = await openKeyFile({ file: join(folder, 'keys.json'), create: true, pinKeys: database.pinKeys, log });
  const hasher = createPinHasher({ keys, cost: options.cost ?? CHEAP_COST });
  const mailFolder = join(folder, 'mail');
  const welcomeMail = createWelcomeMailFiles({ folder: mailFolder, from: 'touchtone@example.test', clock });
  return {
    stored,
    database,
    clock,
    log,
    hasher,
    welcomeMail,
    directory: createDirectory({ database, hasher, welcomeMail }),
    signIn: await createSignIn({ database, hasher, clock, log }),
    folder,
    mails: () => mailsIn(mailFolder),
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
      pin: { kind: 'typed', pin: typedPin, mail: false },
      ...wanted,
    },
    BY_TEST,
  );
}
