import type { Log } from '../domain/log.ts';
import { type AuditEntry, audit } from '../services/audit.ts';
import type { Database } from '../services/ports/database.ts';
import type { KeyUse } from '../services/ports/pin-key-store.ts';
import { createAuditSealer } from './audit-sealer.ts';
import { checkValueOf, retire } from './key-check.ts';
import { openKeyFile } from './key-file.ts';
import { stageKeyFile } from './key-file-access.ts';
import { formatKeyFile, newKey } from './key-file-format.ts';
import type { KeyRing, PinKey, PinKeys, RetiredKey } from './pin-keys.ts';

export interface KeyChangeOptions {
  readonly file: string;
  readonly database: Database;
  readonly log: Log;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Who does it, and from where. */
  readonly by: Pick<AuditEntry, 'actor' | 'source'>;
}

/** What a key is there for. */
export type KeyRole =
  /** New hashes are made with it. */
  | 'current'
  /** Older hashes, sealed PINs or audit records need it. */
  | 'needed'
  /** Nothing but audit records needs it; the rest of it can go. */
  | 'audit-only'
  /** Nothing but audit records needs it, and the rest of it has gone. */
  | 'retired'
  /** Nothing needs it. */
  | 'unused';

export interface KeyStatus extends KeyUse {
  readonly role: KeyRole;
}

const NO_USE: Omit<KeyUse, 'keyId'> = { mailboxes: 0, decoys: 0, history: 0, sealedPins: 0, auditRecords: 0 };

function roleOf(key: PinKey | RetiredKey, isCurrent: boolean, use: Omit<KeyUse, 'keyId'>): KeyRole {
  if (isCurrent) return 'current';
  if (use.mailboxes + use.decoys + use.history + use.sealedPins > 0) return 'needed';
  if (use.auditRecords === 0) return 'unused';
  return 'auditKey' in key ? 'retired' : 'audit-only';
}

/** What each key of the file is needed for, in the order of the file. Reads the whole database. */
export async function keyStatus(
  { keys, retired }: KeyRing,
  { pinKeys }: Pick<Database, 'pinKeys'>,
): Promise<readonly KeyStatus[]> {
  const uses = await pinKeys.uses();
  return [...keys, ...retired].map((key) => {
    const use = uses.find(({ keyId }) => keyId === key.id) ?? NO_USE;
    return { ...use, keyId: key.id, role: roleOf(key, key === keys[0], use) };
  });
}

/**
 * Puts a new key in front of the others. The file is replaced while the database is kept from everyone else, so that of
 * two who do this at once neither loses the other's key; a service that runs goes on with the keys that it has read.
 *
 * @returns the id of the new key, which is current from the next start on.
 * @throws KeyFileRefused, and then nothing has changed. Throws what the database throws when it fails.
 */
export function rotateKeys({ file, database, log, at, by }: KeyChangeOptions): Promise<string> {
  return database.transact(async (stores) => {
    const { keys, retired } = await openKeyFile({ file, create: false, pinKeys: stores.pinKeys, log });
    const added = newKey();
    const details = { key: added.id };
    await audit(stores, createAuditSealer(keys, retired), at, { ...by, action: 'keys', outcome: 'rotated', details });
    const staged = await stageKeyFile(file, formatKeyFile({ keys: [added, ...keys], retired }));
    await staged.put();
    return added.id;
  });
}

/** Which keys went, by their ids. */
export interface RetiredKeys {
  /** Of which what the audit trail needs is left. */
  readonly toAudit: readonly string[];
  /** Of which nothing is left. */
  readonly removed: readonly string[];
}

function without(ring: KeyRing, status: readonly KeyStatus[]): KeyRing {
  const roles = new Map(status.map(({ keyId, role }) => [keyId, role]));
  const [current, ...older] = ring.keys;
  const keys: PinKeys = [current, ...older.filter(({ id }) => roles.get(id) === 'needed')];
  const left = older.filter(({ id }) => roles.get(id) === 'audit-only').map(retire);
  return { keys, retired: [...left, ...ring.retired.filter(({ id }) => roles.get(id) === 'retired')] };
}

/**
 * Takes out of the key file the keys that nothing needs any more; of those that sealed audit records the rest by which
 * those are checked stays for ever. No service may be using the database: one that began before the last rotation still
 * makes hashes with a key that is not current any more.
 *
 * The database is told before the file is replaced. When the program dies in between, the file has more than is needed,
 * which does no harm, and this can be called again.
 *
 * @throws KeyFileRefused, and then the file has not changed. Throws what the database throws when it fails.
 */
export async function retireKeys({ file, database, log, at, by }: KeyChangeOptions): Promise<RetiredKeys> {
  const ring = await openKeyFile({ file, create: false, pinKeys: database.pinKeys, log });
  const status = await keyStatus(ring, database);
  const idsOf = (role: KeyRole): string[] => status.filter((key) => key.role === role).map(({ keyId }) => keyId);
  const [toAudit, removed] = [idsOf('audit-only'), idsOf('unused')];
  if (toAudit.length + removed.length === 0) return { toAudit, removed };
  const left = without(ring, status);
  const staged = await stageKeyFile(file, formatKeyFile(left));
  try {
    await database.transact(async (stores) => {
      for (const key of left.retired) await stores.pinKeys.update({ keyId: key.id, check: checkValueOf(key) });
      for (const id of removed) await stores.pinKeys.remove(id);
      const details = { toAudit: toAudit.join(' '), removed: removed.join(' ') };
      const sealer = createAuditSealer(ring.keys, ring.retired);
      await audit(stores, sealer, at, { ...by, action: 'keys', outcome: 'retired', details });
    });
  } catch (error) {
    await staged.discard();
    throw error;
  }
  await staged.put();
  return { toAudit, removed };
}
