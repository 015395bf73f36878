import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../services/audit-verification.ts';
import { readDeliveredMails } from '../delivered-mails.ts';
import { acceptablePin, type StockedMailbox } from '../mailbox-stock.ts';
import { otherDigits } from '../other-digits.ts';
import { postgresPrograms } from '../postgres/programs.ts';
import { callMailbox, failInCall, keyFast, signInWith } from './callers.ts';
import { useService } from './use-service.ts';

/** Every file of a folder, at any depth, as bytes read one to one into a text. */
async function contentsOf(folder: string): Promise<readonly (readonly [file: string, content: string])[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'latin1')] as const),
  );
}

/** Every table of a database, as a backup has them. */
async function dumpOf(url: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(postgresPrograms() ?? '', 'pg_dump'), [url], {
    maxBuffer: 2 ** 28,
  });
  return stdout;
}

describe('a PIN', () => {
  const setting = useService();
  /** Everything that was keyed as a PIN, or by mistake. */
  const secrets: string[] = [];
  /** Of those, what the service has generated and mailed. */
  const mailed: string[] = [];

  /** Keys what is no extension at the first prompt, a wrong PIN, and the right one by another way of sending keys. */
  async function mistype({ extension, pin, wrongPin }: StockedMailbox): Promise<void> {
    const mistyped = '77341';
    secrets.push(mistyped, pin, wrongPin);
    const call = await setting.call();
    await call.press(`${mistyped}#`);
    await call.heard('enter-pin');
    await call.press(`${wrongPin}#`);
    await call.heard('sign-in-failed');
    await call.press('*');
    await call.heard('enter-extension');
    await call.press(`${extension}#${pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
    const byInfo = await setting.call({ eventPayloadType: 'none' });
    await byInfo.heard('enter-extension');
    await byInfo.press(`${extension}#${pin}#`, { by: 'info' });
    await byInfo.heard('signed-in');
    await byInfo.hangUp();
  }

  /** Has the PIN of the demonstration mailbox changed, with one that is refused and one that is not confirmed before it. */
  async function changeFirst(): Promise<void> {
    const { welcome } = setting.service;
    const newPin = acceptablePin(welcome, 6);
    const [refused, unconfirmed] = [`9${welcome.extension}`, otherDigits(newPin)];
    secrets.push(welcome.pin, newPin, refused, unconfirmed);
    mailed.push(welcome.pin);
    const call = await signInWith(setting, welcome, welcome.pin);
    await keyFast(call, `${refused}#`);
    await call.heard('refused-contains-extension');
    await keyFast(call, `${newPin}#`);
    await call.heard('confirm-new-pin');
    await keyFast(call, `${unconfirmed}#`);
    await call.heard('pins-differ');
    await keyFast(call, `${newPin}#${newPin}#`);
    await call.heard('pin-changed');
    await call.hangUp();
  }

  /** Has the PIN reset by failures, and signs in with the one that is mailed. */
  async function reset(mailbox: StockedMailbox): Promise<void> {
    for (const times of [2, 2]) {
      const call = await callMailbox(setting, mailbox);
      await failInCall(call, mailbox.wrongPin, times);
      await call.hangUp();
    }
    const call = await callMailbox(setting, mailbox);
    await keyFast(call, `${mailbox.wrongPin}#`);
    await call.heard('pin-was-reset');
    await call.hangUp();
    const [mail] = await setting.service.mailsTo(mailbox.address);
    const pin = mail?.pin ?? '';
    secrets.push(mailbox.pin, mailbox.wrongPin, pin);
    mailed.push(pin);
    await (await signInWith(setting, mailbox, pin)).hangUp();
  }

  it('that was keyed is in no log, no metric and no database, and neither is what was keyed by mistake', async () => {
    const { service } = setting;
    await Promise.all([mistype(service.mailbox), changeFirst(), reset(await service.stock.add())]);
    await service.released();

    const log = service.log.join('');
    expect(log).toContain('Call ended');
    const { text: metrics } = await service.app.operations.metrics.read();
    expect(metrics).toContain('touchtone_');
    const files = (await contentsOf(service.dataDir)).filter(([name]) => !name.endsWith('.eml'));
    const { server } = service;
    const stored = server === undefined ? files : [...files, ['PostgreSQL', await dumpOf(server)] as const];
    // It is read as it is stored, and has what it is to have.
    const database = stored.filter(([name]) => /sqlite|PostgreSQL/.test(name)).map(([, content]) => content);
    expect(database.join()).toContain(service.mailbox.address);
    for (const secret of secrets) {
      expect(occurrences(log, secret)).toEqual([]);
      expect(occurrences(metrics, secret)).toEqual([]);
      for (const [name, content] of stored) expect([name, occurrences(content, secret)]).toEqual([name, []]);
    }
  });

  it('is where it belongs: in the one mail that tells it to its user', async () => {
    expect(mailed).toHaveLength(2);
    const mails = await readDeliveredMails(setting.service.dataDir);
    expect(mails.map(({ pin }) => pin).sort()).toEqual([...mailed].sort());
    for (const secret of secrets) {
      const telling = mails.filter(({ source }) => occurrences(source, secret).length > 0);
      expect(telling.map(({ pin }) => pin)).toEqual(mailed.includes(secret) ? [secret] : []);
    }
    for (const { subject, pin } of mails) expect(subject).not.toContain(pin);
  });

  it('leaves an audit trail that is intact, and tells of everything that happened', async () => {
    const { database, auditSealer } = setting.service.app.core;
    const verdict = await verifyAudit(database, auditSealer);
    expect(verdict).toMatchObject({ kind: 'intact' });
    const records = await database.audit.from(1, 10_000);
    const entries = records.map(({ entry }) => JSON.parse(entry) as { action: string; outcome: string });
    const happened = new Set(entries.map(({ action, outcome }) => `${action} ${outcome}`));
    for (const what of ['sign-in signed-in', 'sign-in failed', 'pin-change done', 'pin-reset done', 'mail delivered']) {
      expect(happened).toContain(what);
    }
  });
});

/** Where a secret stands by itself; as part of a longer run of letters or digits, such as an id or a time, it is chance. */
function occurrences(text: string, secret: string): readonly string[] {
  return [...text.matchAll(new RegExp(`.{0,40}(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z]).{0,20}`, 'g'))].map(
    ([found]) => found,
  );
}
