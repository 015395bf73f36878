import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPT_LEASE } from '../domain/lockout.ts';
import { openDatabase } from '../storage/open-database.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { SQLITE } from '../testing/databases.ts';
import { openTestParts, type TestParts } from '../testing/service-parts.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, STRANGER, wrongPin } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import { verifyAudit } from './audit-verification.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { OutboxMail } from './ports/outbox-store.ts';
import { createSignIn } from './sign-in-service.ts';

/** Few enough for both thresholds to be passed soon. */
const RESET_AT = 2;
const LOCK_AT = 3;

const PROCESS = join(import.meta.dirname, '../testing/dying-process.ts');
/** Processes that die one after the other, on a machine that does other things, too. */
const TIMEOUT = 240_000;
/** How many of what is left behind are looked at, and how many processes die, at a time. */
const AT_ONCE = 3;

/** What a process was about, transaction by transaction: what is stored once so many of them are. */
interface Stage {
  readonly failures: number;
  /** Automatic ones. */
  readonly resets: number;
  readonly locks: number;
  /** Whether an attempt is open and undecided. */
  readonly isOpen: boolean;
  /** Resets that an administrator has asked for; none when not given. */
  readonly requested?: number;
  /** Whether the user has chosen another PIN, after all resets. */
  readonly isChanged?: boolean;
}

interface Scenario {
  readonly name: string;
  /** What `dying-process.ts` is told to do. */
  readonly task: readonly string[];
  /** What is stored after 0, 1, 2 … commits. */
  readonly stages: readonly Stage[];
  prepare(rig: SignInRig): Promise<void>;
}

/** What an administrator types, and what its user makes of it. */
const TYPED_PIN = '2749163';
const CHOSEN_PIN = '8053172';

const stage = (failures: number, resets: number, locks: number, isOpen: boolean): Stage => ({
  failures,
  resets,
  locks,
  isOpen,
});

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'three wrong PINs, the second resetting and the third locking',
    task: ['try', wrongPin(0), wrongPin(1), wrongPin(2)],
    stages: [
      stage(0, 0, 0, false),
      stage(1, 0, 0, true),
      stage(1, 0, 0, false),
      stage(2, 0, 0, true),
      stage(2, 1, 0, false),
      stage(3, 1, 0, true),
      stage(3, 1, 1, false),
    ],
    prepare: async () => undefined,
  },
  {
    name: 'the right PIN after a wrong one',
    task: ['try', PIN],
    stages: [stage(1, 0, 0, false), stage(2, 0, 0, true), stage(0, 0, 0, false)],
    prepare: async (rig) => {
      await rig.wrong(1);
    },
  },
  {
    name: 'a wrong PIN after an attempt that died at the threshold of a reset',
    task: ['try', wrongPin(2)],
    stages: [
      stage(2, 0, 0, true),
      // The first look at the credential finds that a reset is due, and changes nothing.
      stage(2, 0, 0, true),
      stage(2, 1, 0, false),
      stage(3, 1, 0, true),
      stage(3, 1, 1, false),
    ],
    prepare: async (rig) => {
      const { budgets } = await rig.state();
      await rig.putState({
        budgets: { ...budgets, elsewhere: { failures: 2, settled: 1 } },
        failuresSinceSuccess: 2,
        attempt: { id: 'dead' as never, line: 'elsewhere', openedAt: Date.now() - 2 * ATTEMPT_LEASE },
      });
    },
  },
  {
    name: 'a reset by an administrator',
    task: ['reset'],
    stages: [stage(0, 0, 0, false), { ...stage(0, 0, 0, false), requested: 1 }],
    prepare: async () => undefined,
  },
  {
    name: 'a change of a PIN whose mail is still on its way',
    task: ['change', TYPED_PIN, CHOSEN_PIN],
    stages: [
      { ...stage(0, 0, 0, false), requested: 1 },
      { ...stage(1, 0, 0, true), requested: 1 },
      { ...stage(0, 0, 0, false), requested: 1 },
      { ...stage(0, 0, 0, false), requested: 1, isChanged: true },
    ],
    prepare: async ({ service, mailbox }) => {
      await service.pinAdministration.reset(mailbox.id, { pin: TYPED_PIN }, BY_TEST);
    },
  },
];

describe.each(SCENARIOS)('a process that dies at any statement of $name', ({ task, stages, prepare }) => {
  let rig: SignInRig;
  let folder: string;
  let statements: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-crash-'));
    const policy = { logonFailuresBeforePinReset: RESET_AT, maxLogonAttempts: LOCK_AT };
    rig = await createSignInRig({ kind: SQLITE, policy });
    await prepare(rig);
    // Closing writes everything into the one file that is copied.
    await rig.service.database.close();
    const { output } = await run(await databaseFor('whole'), folder);
    statements = JSON.parse(output) as string[];
  });

  afterAll(async () => {
    await rig.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function databaseFor(purpose: string): Promise<string> {
    const file = join(folder, `${purpose}.db`);
    await copyFile(rig.service.stored.path, file);
    return file;
  }

  /** Runs the process on a database until it has done so many statements, or to its end with copies in a folder. */
  function run(file: string, lifetime: string): Promise<{ readonly output: string; readonly signal: unknown }> {
    const { keyFile } = rig.service;
    const options = { env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') } };
    const parameters = [PROCESS, file, keyFile, rig.plan.dialPlan.id, EXTENSION, lifetime, ...task];
    return new Promise((resolve) => {
      execFile(process.execPath, parameters, options, (error, output) =>
        resolve({ output, signal: error === null ? undefined : (error.signal ?? error) }),
      );
    });
  }

  /** The services as a restart finds them, when every lease has run out. */
  async function restart(file: string): Promise<TestParts> {
    const log = new CapturedLog();
    const clock = new FakeClock(Date.now() + ATTEMPT_LEASE);
    const database = await openDatabase({ file, log, clock });
    return openTestParts({ database, clock, log, keyFile: rig.service.keyFile });
  }

  async function credentialIn({ database }: TestParts): Promise<StoredCredential> {
    const credential = await database.credentials.byMailbox(rig.mailbox.id);
    if (credential === undefined) throw new Error('The mailbox has no credential');
    return credential;
  }

  /** What is stored, wherever the process died, belongs together. */
  async function expectConsistent(
    parts: TestParts,
    { failures, resets, locks, requested = 0, isChanged = false }: Stage,
  ): Promise<void> {
    const { database, hasher, pinSealer, auditSealer } = parts;
    const { id, pin, state } = await credentialIn(parts);
    expect(state.failuresSinceSuccess).toBe(failures);
    expect(state.budgets.elsewhere.failures).toBe(failures);
    expect(state.lock !== undefined).toBe(locks === 1);
    const letters = await database.outbox.ofMailbox(rig.mailbox.id, 100);
    const count = (kind: OutboxMail['letter']['kind']) => letters.filter(({ letter }) => letter.kind === kind).length;
    expect(count('pin-reset')).toBe(requested + resets);
    expect(count('lockout')).toBe(locks);
    const told = letters.flatMap((mail) => (mail.pin === undefined ? [] : [pinSealer.open(mail.pin, mail.id)]));
    // The newest PIN alone is mailed, and none that its user has replaced.
    expect(told).toHaveLength(requested + resets > 0 && !isChanged ? 1 : 0);
    expect(await hasher.matches(told[0] ?? (isChanged ? CHOSEN_PIN : PIN), id, pin)).toBe(true);
    const history = await database.pinHistory.last(id, 20);
    expect(history).toHaveLength(1 + requested + resets + (isChanged ? 1 : 0));
    expect(history[0]).toEqual(pin);
    expect(await verifyAudit(database, auditSealer)).toMatchObject({ kind: 'intact' });
    const audited = (await database.audit.from(1, 100)).map(({ entry }) => JSON.parse(entry) as { action: string });
    expect(audited.filter(({ action }) => action === 'pin-reset')).toHaveLength(requested + resets);
    expect(audited.filter(({ action }) => action === 'pin-change')).toHaveLength(isChanged ? 1 : 0);
    expect(audited.filter(({ action }) => action === 'lock')).toHaveLength(locks);
  }

  /** What is to be stored once another wrong PIN was keyed. */
  function afterAnother({ failures, ...reached }: Stage): Stage {
    const counted = Math.min(failures + 1, LOCK_AT);
    const next = stage(counted, counted >= RESET_AT ? 1 : 0, counted >= LOCK_AT ? 1 : 0, false);
    return { ...reached, ...next };
  }

  /** Looks at what is left when so many statements are done. */
  async function restartAfter(count: number, file: string): Promise<void> {
    const commits = statements.slice(0, count).filter((statement) => statement === 'commit').length;
    const reached = stages[commits];
    if (reached === undefined) throw new Error('There are more transactions than were thought of');
    const parts = await restart(file);
    await expectConsistent(parts, reached);
    expect((await credentialIn(parts)).state.attempt !== undefined).toBe(reached.isOpen);
    const { kind } = await (await createSignIn(parts)).attempt(rig.plan.dialPlan.id, EXTENSION, '31415', STRANGER);
    const next = afterAnother(reached);
    expect(kind).toBe(next.locks === 1 ? 'locked' : next.failures === RESET_AT ? 'pin-reset' : 'failed');
    await expectConsistent(parts, next);
    expect((await credentialIn(parts)).state.attempt).toBeUndefined();
    await parts.database.close();
    await rm(file);
  }

  const each = (numbers: readonly number[], look: (count: number) => Promise<void>): Promise<unknown> => {
    const left = [...numbers];
    return Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let count = left.shift(); count !== undefined; count = left.shift()) await look(count);
      }),
    );
  };

  it('neither loses a counted failure nor mails a PIN that is not the one stored', { timeout: TIMEOUT }, async () => {
    expect(statements.filter((statement) => statement === 'commit')).toHaveLength(stages.length - 1);
    await each([...statements.keys()], (index) => restartAfter(index + 1, join(folder, `${index + 1}.db`)));
  });

  it('does so when it is really killed, right behind each commit', { timeout: TIMEOUT }, async () => {
    const commits = [...statements.entries()].flatMap(([index, what]) => (what === 'commit' ? [index + 1] : []));
    await each(commits, async (count) => {
      const file = await databaseFor(`killed-${count}`);
      expect((await run(file, `${count}`)).signal).toBe('SIGKILL');
      await restartAfter(count, file);
    });
  });
});
