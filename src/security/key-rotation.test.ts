import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PinHash } from '../domain/credential.ts';
import { type AuditEntry, audit } from '../services/audit.ts';
import { verifyAudit } from '../services/audit-verification.ts';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import { auditedIn } from '../testing/audited.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { CREDENTIAL, insertPlans, mailboxOf, NEW_STATE, PLAN } from '../testing/directory-rows.ts';
import { CHEAP_COST } from '../testing/service-parts.ts';
import { useDatabase } from '../testing/use-database.ts';
import { createAuditSealer } from './audit-sealer.ts';
import { createDecoys } from './decoys.ts';
import { openKeyFile } from './key-file.ts';
import { KeyFileRefused } from './key-file-refused.ts';
import { keyStatus, retireKeys, rotateKeys } from './key-rotation.ts';
import { createPinHasher } from './pin-hasher.ts';
import type { KeyRing } from './pin-keys.ts';
import { createPinSealer } from './pin-sealer.ts';

const PIN = '1985848';
const MAIL = 'mail-1' as OutboxId;
const BY: Pick<AuditEntry, 'actor' | 'source'> = {
  actor: { kind: 'administrator', name: 'operator' },
  source: { kind: 'command', host: 'here' },
};

describe.each(DATABASE_KINDS)('keys with $name', (kind) => {
  const used = useDatabase(kind);
  const log = new CapturedLog();
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-keys-'));
    file = join(folder, 'touchtone.key');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (): Promise<KeyRing> => openKeyFile({ file, create: true, pinKeys: used.database.pinKeys, log });
  const change = () => ({ file, database: used.database, log, at: 1_000, by: BY });
  const rotate = () => rotateKeys(change());
  const retire = () => retireKeys(change());
  const hasherOf = ({ keys }: KeyRing) => createPinHasher({ keys, cost: CHEAP_COST });
  const rolesOf = async (ring: KeyRing) =>
    Object.fromEntries((await keyStatus(ring, used.database)).map(({ keyId, role }) => [keyId, role]));

  /** One of everything that needs a key, made with the current one. */
  async function useCurrentKey(ring: KeyRing): Promise<void> {
    const { database } = used;
    await insertPlans(database);
    await database.mailboxes.insert(mailboxOf(PLAN));
    const pin = await hasherOf(ring).hash(PIN, CREDENTIAL);
    await database.credentials.insert(CREDENTIAL, mailboxOf(PLAN).id, pin, NEW_STATE);
    await database.pinHistory.add(CREDENTIAL, pin, 1_000, 5);
    await database.credentials.putDecoys(createDecoys(ring.keys).ids.slice(0, 2), pin, NEW_STATE);
    const { id: mailboxId, address, displayName, language, extensions } = mailboxOf(PLAN);
    await database.outbox.insert({
      id: MAIL,
      mailboxId,
      letter: {
        kind: 'um-enabled',
        mailboxId,
        address,
        displayName,
        language,
        extension: extensions[0],
        accessNumbers: ['5000'],
        policyText: '',
        mustChange: true,
      },
      pin: createPinSealer(ring.keys).seal(PIN, MAIL),
      queuedAt: 1_000,
    });
    const sealer = createAuditSealer(ring.keys, ring.retired);
    await database.transact((stores) => audit(stores, sealer, 1_000, { action: 'sign-in', outcome: 'failed', ...BY }));
  }

  /** Does with the new key what sign-ins, deliveries and the start of the service do. */
  async function moveToCurrentKey(ring: KeyRing): Promise<void> {
    const { credentials, pinHistory, outbox } = used.database;
    const read = await credentials.byMailbox(mailboxOf(PLAN).id);
    if (read === undefined) throw new Error('The mailbox has no credential');
    const pin: PinHash = await hasherOf(ring).hash(PIN, CREDENTIAL);
    await credentials.replace(read, read.state, pin);
    await pinHistory.rehash(CREDENTIAL, pin);
    await credentials.putDecoys(createDecoys(ring.keys).ids.slice(0, 2), pin, NEW_STATE);
    await outbox.claim(1_000, 2_000);
    await outbox.delivered(MAIL, 1_500);
  }

  async function matches(ring: KeyRing, pin: string): Promise<boolean> {
    const read = await used.database.credentials.byMailbox(mailboxOf(PLAN).id);
    if (read === undefined) throw new Error('The mailbox has no credential');
    return hasherOf(ring).matches(pin, CREDENTIAL, read.pin);
  }

  const verify = ({ keys, retired }: KeyRing) => verifyAudit(used.database, createAuditSealer(keys, retired));

  it('count what each of them is needed for', async () => {
    const ring = await open();
    const [{ id }] = ring.keys;
    const nothing = { mailboxes: 0, decoys: 0, history: 0, sealedPins: 0, auditRecords: 0 };
    expect(await keyStatus(ring, used.database)).toEqual([{ keyId: id, role: 'current', ...nothing }]);
    await useCurrentKey(ring);
    const one = { mailboxes: 1, decoys: 2, history: 1, sealedPins: 1, auditRecords: 1 };
    expect(await keyStatus(ring, used.database)).toEqual([{ keyId: id, role: 'current', ...one }]);
  });

  describe('when rotated', () => {
    it('get a new one in front, and the others stay', async () => {
      const { keys: before } = await open();
      const added = await rotate();
      const { keys, retired } = await open();
      expect(keys.map(({ id }) => id)).toEqual([added, before[0].id]);
      expect(keys[1]).toEqual(before[0]);
      expect(keys[0].key).toHaveLength(32);
      expect(keys[0].key).not.toEqual(before[0].key);
      expect(retired).toEqual([]);
      expect(await readdir(folder)).toEqual(['touchtone.key']);
    });

    it('still check hashes, open PINs and follow the audit trail that older ones made', async () => {
      await useCurrentKey(await open());
      await rotate();
      const ring = await open();
      expect(await matches(ring, PIN)).toBe(true);
      expect(await matches(ring, '1985849')).toBe(false);
      const [mail] = await used.database.outbox.ofMailbox(mailboxOf(PLAN).id, 1);
      if (mail?.pin === undefined) throw new Error('The mail has no PIN');
      expect(createPinSealer(ring.keys).open(mail.pin, MAIL)).toBe(PIN);
      expect(await verify(ring)).toMatchObject({ kind: 'intact', records: 2 });
    });

    it('let a service that runs go on with those it has read', async () => {
      const before = await open();
      await rotate();
      await useCurrentKey(before);
      const ring = await open();
      expect(await matches(ring, PIN)).toBe(true);
      expect(await verify(ring)).toMatchObject({ kind: 'intact' });
    });

    it('are on the record, without themselves', async () => {
      await open();
      const added = await rotate();
      expect(await auditedIn(used)).toEqual([{ action: 'keys', outcome: 'rotated', ...BY, details: { key: added } }]);
      const written = JSON.stringify([await used.stored.rows(), log.lines]);
      for (const { key } of (await open()).keys) {
        for (const encoding of ['base64', 'hex'] as const) expect(written).not.toContain(key.toString(encoding));
      }
    });

    it('lose none when two rotate at once', async () => {
      const { keys: before } = await open();
      const added = await Promise.all([rotate(), rotate()]);
      expect((await open()).keys.map(({ id }) => id).sort()).toEqual([before[0].id, ...added].sort());
    });

    it('are not when the file is lost, or another database’s, and nothing is on the record then', async () => {
      await open();
      await rename(file, `${file}.away`);
      await expect(rotate()).rejects.toThrow(KeyFileRefused);
      await writeFile(file, JSON.stringify({ keys: [{ id: 'other', pinKey: Buffer.alloc(32).toString('base64') }] }), {
        mode: 0o600,
      });
      await expect(rotate()).rejects.toThrow('does not belong to this database');
      expect(await auditedIn(used)).toEqual([]);
    });

    it.runIf(process.platform !== 'win32')('keep mode and place of the file', async () => {
      const { uid, gid } = await stat(folder);
      await mkdir(join(folder, 'elsewhere'));
      await open();
      await rename(file, join(folder, 'elsewhere', 'key'));
      await symlink(join('elsewhere', 'key'), file);
      await chmod(file, 0o640);
      await rotate();
      expect((await lstat(file)).isSymbolicLink()).toBe(true);
      const { mode, ...owner } = await stat(join(folder, 'elsewhere', 'key'));
      expect(mode & 0o777).toBe(0o640);
      expect(owner).toMatchObject({ uid, gid });
      expect((await open()).keys).toHaveLength(2);
      expect(await readdir(join(folder, 'elsewhere'))).toEqual(['key']);
    });
  });

  describe('when retired', () => {
    it('stay while a hash, a PIN in a mail or a former PIN needs them', async () => {
      const before = await open();
      await useCurrentKey(before);
      await rotate();
      const [{ id: old }] = before.keys;
      expect(await rolesOf(await open())).toMatchObject({ [old]: 'needed' });
      expect(await retire()).toEqual({ toAudit: [], removed: [] });
      expect((await open()).keys).toHaveLength(2);
      await moveToCurrentKey(await open());
      await used.database.pinHistory.add(CREDENTIAL, await hasherOf(before).hash(PIN, CREDENTIAL), 900, 5);
      expect(await retire()).toEqual({ toAudit: [], removed: [] });
    });

    it('leave of those that sealed audit records what checks them, and no more', async () => {
      const before = await open();
      await useCurrentKey(before);
      await rotate();
      await moveToCurrentKey(await open());
      const [{ id: old, key }] = before.keys;
      expect(await rolesOf(await open())).toMatchObject({ [old]: 'audit-only' });
      expect(await retire()).toEqual({ toAudit: [old], removed: [] });
      expect(await readFile(file, 'utf8')).not.toContain(key.toString('base64'));
      const ring = await open();
      expect([ring.keys.length, ring.retired.map(({ id }) => id)]).toEqual([1, [old]]);
      expect(await rolesOf(ring)).toMatchObject({ [old]: 'retired' });
      expect(await matches(ring, PIN)).toBe(true);
      expect(await verify(ring)).toMatchObject({ kind: 'intact', records: 3 });
      expect(await retire()).toEqual({ toAudit: [], removed: [] });
    });

    it('leave nothing of those that nothing needs', async () => {
      const [{ id: first }] = (await open()).keys;
      const second = await rotate();
      await rotate();
      expect(await retire()).toEqual({ toAudit: [second, first], removed: [] });
      await used.stored.run('delete from audit_record where sequence = 1');
      expect(await retire()).toEqual({ toAudit: [], removed: [first] });
      const ring = await open();
      expect(ring.retired.map(({ id }) => id)).toEqual([second]);
      expect((await used.database.pinKeys.all()).map(({ keyId }) => keyId)).not.toContain(first);
    });

    it('are on the record', async () => {
      const [{ id: first }] = (await open()).keys;
      await rotate();
      await retire();
      const details = { toAudit: first, removed: '' };
      expect((await auditedIn(used)).at(-1)).toEqual({ action: 'keys', outcome: 'retired', ...BY, details });
    });

    it('can be retired anew after the program died before the file was replaced', async () => {
      const [{ id: first }] = (await open()).keys;
      await rotate();
      const whole = await readFile(file);
      await retire();
      await writeFile(file, whole);
      expect((await open()).keys).toHaveLength(2);
      expect(await retire()).toEqual({ toAudit: [first], removed: [] });
      expect((await open()).keys).toHaveLength(1);
    });

    it('are missed when a backup of the database from before is put back', async () => {
      const before = await open();
      const [{ id }] = before.keys;
      const [check] = await used.database.pinKeys.all();
      if (check === undefined) throw new Error('The database knows no key');
      await rotate();
      await retire();
      await used.database.pinKeys.update(check);
      await expect(open()).rejects.toThrow(`${id}, of which the file has only what is left since it was retired`);
    });

    it('are noticed when what is left of them is damaged or gone', async () => {
      await open();
      await rotate();
      await retire();
      const { keys } = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ keys: keys.slice(0, 1) }));
      await expect(open()).rejects.toThrow('which the file does not have');
      keys[1].auditKey = Buffer.alloc(32).toString('base64');
      await writeFile(file, JSON.stringify({ keys }));
      await expect(open()).rejects.toThrow('does not belong to this database');
    });
  });
});
