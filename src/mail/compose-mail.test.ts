import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import { UM_ENABLED } from '../testing/letters.ts';
import { AddressUnusable, composeMail, isUsableAddress, type MailStamp } from './compose-mail.ts';
import { writeLetter } from './write-letter.ts';

const PIN = '407193';
const STAMP: MailStamp = {
  id: '5d1c8f5e-7f5a-4f3c-9a53-1f0b8a7c2e11' as OutboxId,
  kind: 'um-enabled',
  queuedAt: Date.UTC(2026, 0, 15, 9, 30),
};

const compose = (changes: Partial<typeof UM_ENABLED> = {}, from: string = 'touchtone@example.test') =>
  composeMail(writeLetter({ ...UM_ENABLED, ...changes }, PIN), from, STAMP);

const parsed = async (changes: Partial<typeof UM_ENABLED> = {}) => simpleParser((await compose(changes)).message);

describe('a mail', () => {
  it('is from the service to the user, and says that it was made by a machine', async () => {
    const mail = await parsed();
    expect(mail.from).toMatchObject({ value: [{ address: 'touchtone@example.test', name: 'Touchtone' }] });
    expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com', name: 'Tony Smith' }] });
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.get('x-auto-response-suppress')).toBe('OOF, AutoReply');
    expect((await compose()).envelope).toEqual({ from: 'touchtone@example.test', to: 'tonysmith@contoso.com' });
  });

  it('has both parts, the text first, in lines that every server takes', async () => {
    const raw = (await compose({ displayName: 'Ülkü '.repeat(50) })).message.toString('latin1');
    expect(raw).toMatch(/Content-Type: multipart\/alternative/);
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expect([...raw].every((character) => character < '\x80')).toBe(true);
    const mail = await parsed();
    for (const part of [mail.text, mail.html || '']) expect(part).toContain(PIN);
  });

  it('has the PIN in no header', async () => {
    const raw = (await compose()).message.toString();
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toContain(PIN);
  });

  it('has the same Message-ID and date each time, and differs in nothing but the boundary', async () => {
    const bare = async (): Promise<string> =>
      (await compose()).message.toString().replaceAll(/--_NmP-[0-9a-f]+-Part_\d/g, '');
    expect(await bare()).toBe(await bare());
    const mail = await parsed();
    expect(mail.messageId).toBe('<5d1c8f5e-7f5a-4f3c-9a53-1f0b8a7c2e11@example.test>');
    expect(mail.date).toEqual(new Date(STAMP.queuedAt));
  });

  it.each([
    'Zoë Müller',
    '山田 太郎',
    'O’Brien, "Pat" (Sales)',
    'שרה לוי',
    'محمد علي',
    '😀',
    'Smith, Tony',
    'Tony \\ "Smith"',
    'evil@example.com',
    'x'.repeat(256),
  ])('reaches %s by name', async (displayName) => {
    const mail = await parsed({ displayName });
    expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com', name: displayName }] });
    expect(mail.text).toContain(displayName);
  });

  it('takes a name that looks encoded for what it is', async () => {
    expect((await parsed({ displayName: '=?utf-8?B?VG9ueQ==?=' })).to).toMatchObject({
      value: [{ name: '= ?utf-8?B?VG9ueQ== ?=' }],
    });
  });

  it.each([
    'Tony\r\nBcc: evil@example.com\r\n\r\nGone',
    'Tony\nX-Evil: 1',
    'Tony\rBcc: evil@example.com',
    'Tony" <evil@example.com>, "',
    'Tony\0<evil@example.com>',
  ])('takes no header and no recipient from the name %j', async (displayName) => {
    const { message, envelope } = await compose({ displayName });
    const mail = await simpleParser(message);
    expect(envelope.to).toBe('tonysmith@contoso.com');
    expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com' }] });
    expect([...mail.headers.keys()].sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
      'x-auto-response-suppress',
    ]);
    expect(mail.html).toContain(PIN);
  });

  it.each([
    ['tony@EXAMPLE.test', 'tony@example.test'],
    ['tony@münchen.example', 'tony@xn--mnchen-3ya.example'],
    ['tony+pin@example.test', 'tony+pin@example.test'],
    ["o'brien@example.test", "o'brien@example.test"],
    ['tony@localhost', 'tony@localhost'],
    ['tönï@example.test', 'tönï@example.test'],
  ])('goes to %s', async (address, to) => {
    expect((await compose({ address })).envelope.to).toBe(to);
  });

  it.each([
    '',
    'nobody',
    '@example.test',
    'tony@',
    'tony@example.test\r\nBcc: evil@example.com',
    'tony@example.test\r\nRCPT TO:<evil@example.com>',
    'tony@example.test, evil@example.com',
    'tony@example.test>, <evil@example.com',
    'Tony <evil@example.com>',
    'tony@exa mple.test',
    'to ny@example.test',
    'tony\0@example.test',
    'tony@example.test\0',
  ])('goes nowhere for the address %j', async (address) => {
    await expect(compose({ address })).rejects.toThrow(AddressUnusable);
  });

  it('knows an address to come from', () => {
    expect(isUsableAddress('touchtone@localhost')).toBe(true);
    for (const address of ['', 'touchtone', '@localhost', 'touchtone@', 'touchtone@a b']) {
      expect(isUsableAddress(address)).toBe(false);
    }
  });
});
