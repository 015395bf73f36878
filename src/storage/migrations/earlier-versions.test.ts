import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../services/access-tokens.ts';
import { verifyAudit } from '../../services/audit-verification.ts';
import { createMailboxAdministration } from '../../services/mailbox-administration-service.ts';
import type { Database } from '../../services/ports/database.ts';
import { PIN_LETTERS } from '../../services/ports/letter.ts';
import type { SignInVerdict } from '../../services/sign-in.ts';
import { createSignIn } from '../../services/sign-in-service.ts';
import { WebSessions } from '../../services/web-sessions.ts';
import { CapturedLog } from '../../testing/captured-log.ts';
import { placeOf } from '../../testing/database-place.ts';
import { createEmpty } from '../../testing/postgres/empty-database.ts';
import { runOn } from '../../testing/postgres/postgres-databases.ts';
import { openTestParts, type TestParts } from '../../testing/service-parts.ts';
import { ShiftedClock } from '../../testing/shifted-clock.ts';
import { STRANGER } from '../../testing/sign-in-rig.ts';
import { openDatabase } from '../open-database.ts';

/** A while after the dumps were made: PINs and mails become too old. */
const NOW = Date.UTC(2026, 10, 29);

const DUMPS = join(import.meta.dirname, '../../testing/earlier-versions');

const ANNA = { extension: '52000', pin: '407193' };
const BEN = { extension: '52001', pin: '528147' };
const CAROL = { extension: '52002', pin: '639174' };
const DAVE = { extension: '52003', pin: '580316' };

type Restore = (statements: string, opened: AsyncDisposableStack, folder: string) => Promise<string>;

const restoreFile: Restore = async (statements, _opened, folder) => {
  const path = join(folder, 'touchtone.sqlite');
  using database = new DatabaseSync(path);
  database.exec(statements);
  return path;
};

const restoreServer: Restore = async (statements, opened) => {
  const { url } = opened.use(await createEmpty());
  await runOn(url, statements);
  return url;
};

describe.each<[version: string, kind: string, Restore]>([
  ['0005', 'sqlite', restoreFile],
  ['0005', 'postgres', restoreServer],
])('a database that a version up to migration %s has left, on %s,', (version, kind, restore) => {
  let opened: AsyncDisposableStack;
  let database: Database;
  let parts: TestParts;
  let log: CapturedLog;
  let clock: ShiftedClock;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'touchtone-earlier-'));
    opened.defer(() => rm(folder, { recursive: true }));
    const keyFile = join(folder, 'keys.json');
    await copyFile(join(DUMPS, `${version}.${kind}.keys.json`), keyFile);
    await chmod(keyFile, 0o600);
    const place = await restore(await readFile(join(DUMPS, `${version}.${kind}.sql`), 'utf8'), opened, folder);
    log = new CapturedLog();
    clock = new ShiftedClock(NOW - Date.now());
    database = await openDatabase({ ...placeOf(place), log, clock });
    opened.defer(() => database.close());
    parts = await openTestParts({ database, clock, log, keyFile });
  });

  afterEach(() => opened.disposeAsync());

  async function attempts(): Promise<(who: typeof ANNA) => Promise<SignInVerdict>> {
    const signIn = await createSignIn(parts);
    const plan = await database.dialPlans.byAccessNumber('5000');
    if (plan === undefined) throw new Error('The dial plan is gone');
    return ({ extension, pin }) => signIn.attempt(plan.id, extension, pin, STRANGER);
  }

  it('is brought up to date, and lets in who was let in, and nobody else', async () => {
    expect(log.lines.map(({ message }) => message)).toContain('The database has been brought up to date');
    expect(await verifyAudit(database, parts.auditSealer)).toMatchObject({ kind: 'intact' });
    const attempt = await attempts();
    expect(await attempt(ANNA)).toMatchObject({ kind: 'signed-in', session: { changeCauses: [] } });
    expect(await attempt({ ...ANNA, pin: BEN.pin })).toMatchObject({ kind: 'failed' });
    expect((await attempt(BEN)).kind).toBe('locked');
    expect((await attempt(CAROL)).kind).toBe('locked');
    const dave = await attempt(DAVE);
    expect(dave.kind === 'signed-in' && dave.session.changeCauses).not.toEqual([]);
    expect(await verifyAudit(database, parts.auditSealer)).toMatchObject({ kind: 'intact' });
  });

  it('has its PINs in mails that can be opened, its tokens, and everything that came since', async () => {
    const { outbox, mailboxes } = database;
    const mailbox = await mailboxes.byAddress('dave@contoso.com');
    const mail = mailbox && (await outbox.newest(mailbox.id, PIN_LETTERS));
    expect(mail?.pin && parts.pinSealer.open(mail.pin, mail.id)).toBe(DAVE.pin);
    expect(await outbox.backlog()).toMatchObject({ waiting: 3, refused: 0 });
    const tokens = await createAccessTokens({ ...parts, isOneOfSeveralWays: false }).list(undefined, 9);
    expect(tokens.map(({ name }) => name)).toEqual(['first-token', 'nightly']);
    expect(await database.mailboxes.countLocked(clock.now())).toBe(2);
    expect(await new WebSessions(parts).open()).toEqual({ administrator: 0, user: 0 });
    const administration = createMailboxAdministration(parts);
    const by = { actor: { kind: 'system' }, source: { kind: 'service' } } as const;
    if (mailbox === undefined) return expect.fail('The mailbox is gone');
    const changed = await administration.change(mailbox.id, { address: 'david@contoso.com' }, by);
    expect(changed).toMatchObject({ kind: 'changed', details: { mail: { kind: 'pin-reset', state: 'waiting' } } });
  });
});
