import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import type { WelcomeLetter } from '../services/ports/welcome-mail.ts';
import { compose } from './compose.ts';
import { welcomeLetter } from './welcome-letter.ts';

const LETTER: WelcomeLetter = {
  mailboxId: '90b31420-6941-48fc-a66c-9a50fc401f10' as MailboxId,
  address: 'tonysmith@contoso.com',
  displayName: 'Tony Smith',
  extension: '51234',
  accessNumbers: ['5000', '+14255550100', '5001'],
  pin: '407193',
};
const DATE = Date.UTC(2026, 0, 15, 9, 30);

const write = (changes: Partial<WelcomeLetter> = {}): Promise<Buffer> =>
  compose(welcomeLetter({ ...LETTER, ...changes }), { from: 'touchtone@example.test' }, DATE);

describe('the welcome letter', () => {
  it('says extension, access numbers and PIN, as text and as HTML', async () => {
    const mail = await simpleParser(await write());
    expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com', name: 'Tony Smith' }] });
    expect(mail.from).toMatchObject({ value: [{ address: 'touchtone@example.test' }] });
    expect(mail.date).toEqual(new Date(DATE));
    expect(mail.messageId).toBe('<welcome.90b31420-6941-48fc-a66c-9a50fc401f10@example.test>');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    for (const part of [mail.text, mail.html || '']) {
      for (const fact of ['Tony Smith', '51234', '5000, +14255550100 or 5001', '407193']) expect(part).toContain(fact);
    }
  });

  it('is multipart/alternative, the text first, with lines that every relay takes', async () => {
    const raw = (await write({ displayName: 'Ülkü '.repeat(50) })).toString('latin1');
    expect(raw).toMatch(/Content-Type: multipart\/alternative/);
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expect([...raw].every((character) => character < '\x80')).toBe(true);
  });

  it('has the PIN in neither subject nor any header', async () => {
    const raw = (await write()).toString();
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toContain('407193');
  });

  it('is the same mail each time, but for the boundary', async () => {
    const bare = async (): Promise<string> => (await write()).toString().replaceAll(/--_NmP-[0-9a-f]+-Part_\d/g, '');
    expect(await bare()).toBe(await bare());
  });

  it.each(['Zoë Müller', '山田 太郎', 'O’Brien, "Pat" (Sales)', 'שרה לוי', '😀'])(
    'reaches %s by name',
    async (displayName) => {
      const mail = await simpleParser(await write({ displayName }));
      expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com', name: displayName }] });
      expect(mail.text).toContain(displayName);
    },
  );

  it('shows a name with markup as it is written', async () => {
    const displayName = '<img src=x onerror=alert(1)> & "co" \'s';
    const mail = await simpleParser(await write({ displayName }));
    expect(mail.html).not.toContain('<img');
    expect(mail.html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot; &#39;s');
  });

  it('takes no header from a name', async () => {
    const mail = await simpleParser(await write({ displayName: 'Tony\r\nBcc: evil@example.com\r\n\r\nGone' }));
    expect(mail.bcc).toBeUndefined();
    expect(mail.to).toMatchObject({ value: [{ address: 'tonysmith@contoso.com' }] });
    expect(mail.html).toContain('407193');
  });
});
