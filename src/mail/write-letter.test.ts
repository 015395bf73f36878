import { htmlToText } from 'html-to-text';
import { describe, expect, it } from 'vitest';
import type { Letter } from '../services/ports/letter.ts';
import {
  LOCKOUT,
  PIN_RESET,
  PIN_RESET_NOTICE,
  SIGN_IN_LINK,
  UM_ENABLED,
  UM_ENABLED_NOTICE,
} from '../testing/letters.ts';
import { writeLetter } from './write-letter.ts';

const PIN = '407193';

const EVERY_KIND: readonly Letter[] = [
  UM_ENABLED,
  { ...UM_ENABLED, mustChange: false },
  UM_ENABLED_NOTICE,
  PIN_RESET,
  { ...PIN_RESET, cause: 'user', mustChange: false },
  { ...PIN_RESET, cause: 'failed-sign-ins' },
  PIN_RESET_NOTICE,
  { ...PIN_RESET_NOTICE, cause: 'user' },
  { ...PIN_RESET_NOTICE, cause: 'failed-sign-ins' },
  LOCKOUT,
  { ...LOCKOUT, opensAt: undefined, ownLineOpen: true },
  SIGN_IN_LINK,
];

const isPinLetter = ({ kind }: Letter): boolean => kind === 'um-enabled' || kind === 'pin-reset';

const LINK = 'https://mailbox.example/me/link#AbCdEf_-0123456789AbCdEf_-0123456789AbCdEf_';

const write = (letter: Letter) => writeLetter(letter, isPinLetter(letter) ? PIN : '', LINK);

const plain = (html: string): string =>
  htmlToText(html, {
    wordwrap: false,
    selectors: [
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'a', options: { ignoreHref: true } },
    ],
  });

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

describe('a letter', () => {
  it.each(EVERY_KIND)('says the same in text and in HTML: $kind $cause', (letter) => {
    const { text, html } = write(letter);
    // The colon behind a label is the text's way of drawing a table.
    expect(words(text.replace(/^( {4}\S.*?):(?= {2})/gm, '$1'))).toEqual(words(plain(html)));
  });

  it.each(EVERY_KIND)('has a PIN only if it tells one, and never in its subject: $kind $cause', (letter) => {
    const { subject, text, html } = writeLetter(letter, PIN);
    expect(subject).not.toMatch(/\d/);
    expect(text.includes(PIN)).toBe(isPinLetter(letter));
    expect(html.includes(PIN)).toBe(isPinLetter(letter));
  });

  it('with a link has it whole in both parts, and says how long it is good', () => {
    const { subject, text, html } = write(SIGN_IN_LINK);
    expect(text.split('\n')).toContain(LINK);
    expect(html).toContain(`href="${LINK}"`);
    expect(subject).not.toContain('#');
    expect(text).toMatch(/Good until: +Wednesday, November 25, 2026 at 3:05/);
    expect(text).toMatch(/Asked from: +192\.0\.2\.7/);
    expect(write(LOCKOUT).text).not.toContain(LINK);
  });

  it.each(EVERY_KIND.filter(isPinLetter))(
    'tells the PIN behind what a list of mails shows of it: $kind $cause',
    (letter) => {
      const { text, html } = write({ ...letter, displayName: 'Al' });
      // The three lines that Outlook shows at most have 255 characters.
      expect(text.replace(/\s+/g, ' ').indexOf(PIN)).toBeGreaterThan(255);
      expect(plain(html).replace(/\s+/g, ' ').indexOf(PIN)).toBeGreaterThan(255);
    },
  );

  it.each(EVERY_KIND)('fetches nothing and runs nothing: $kind $cause', (letter) => {
    // A link is fetched by nobody but whoever opens it.
    const html = write(letter).html.replaceAll(LINK, '');
    expect(html).not.toMatch(/https?:|src=|url\(|@import|<script|<link|<img/i);
  });

  it.each(EVERY_KIND)('keeps to the width that mails have: $kind $cause', (letter) => {
    for (const line of write(letter).text.split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });

  it('welcomes with extension, numbers and PIN, and says that the PIN has to be changed', () => {
    const { text } = write(UM_ENABLED);
    expect(text).toMatch(/Call: +5000\n +\+14255550100\n +Your extension: +51234\n +Your PIN: +407193\n/);
    expect(words(text).join(' ')).toContain('you will be asked to choose one of your own');
    expect(write({ ...UM_ENABLED, mustChange: false }).text).toContain('yours until you change it');
  });

  it.each([
    ['administrator', 'An administrator has given your mailbox a new PIN'],
    ['user', 'You asked for a new PIN'],
    ['failed-sign-ins', 'Several attempts to sign in'],
  ] as const)('says why a PIN was replaced: %s', (cause, reason) => {
    for (const letter of [
      { ...PIN_RESET, cause },
      { ...PIN_RESET_NOTICE, cause },
    ]) {
      expect(write(letter).text).toContain(reason);
    }
  });

  it('says of a new PIN whether it has to be changed', () => {
    expect(words(write(PIN_RESET).text).join(' ')).toContain('you will be asked to choose one of your own');
    expect(words(write({ ...PIN_RESET, mustChange: false }).text).join(' ')).toContain('You can keep the new PIN');
  });

  it('says of a first PIN that went another way that it did, and how to sign in with it', () => {
    const { text } = write(UM_ENABLED_NOTICE);
    expect(words(text).join(' ')).toContain('Your first PIN is not in this message: it was passed on another way.');
    expect(text).toContain('51234');
  });

  it('tells of a lockout in the zone and on the clock of the mailbox', () => {
    const { text } = write(LOCKOUT);
    expect(text).toContain('15 failed attempts');
    expect(text).toMatch(/Locked since: +Wednesday, November 25, 2026 at 3:05\sPM\sPST/);
    expect(text).toMatch(/Opens: +Wednesday, November 25, 2026 at 4:05\sPM\sPST/);
    const inBerlin = write({ ...LOCKOUT, timeZone: 'Europe/Berlin', clock: '24-hour', failures: 1 }).text;
    expect(inBerlin).toMatch(/Locked since: +Thursday, November 26, 2026 at 00:05\sGMT\+1/);
    expect(inBerlin).toContain('a failed attempt');
  });

  it('breaks no line between a time and what belongs to it', () => {
    const { html } = write(LOCKOUT);
    expect(html.match(/\d:\d\d.{0,7}/g)).toEqual([
      expect.stringContaining('4:05\u00a0PM\u00a0PST'),
      expect.stringContaining('3:05\u00a0PM\u00a0PST'),
      expect.stringContaining('4:05\u00a0PM\u00a0PST'),
    ]);
  });

  it('says whom to ask when a lock does not open by itself, and that the own telephone is free', () => {
    const { text } = write({ ...LOCKOUT, opensAt: undefined, ownLineOpen: true });
    expect(text).toContain('when an administrator unlocks it');
    expect(text).toContain('Calls from your own telephone are not affected');
    expect(write(LOCKOUT).text).not.toContain('own telephone');
  });

  it('writes dates as they are written where the user lives, in UTC where that is unknown', () => {
    expect(write({ ...LOCKOUT, language: 'en-GB', timeZone: 'Europe/London', clock: '24-hour' }).text).toMatch(
      /Locked since: +Wednesday,? 25 November 2026 at 23:05\sGMT/,
    );
    expect(write({ ...LOCKOUT, timeZone: 'Mars/Olympus' }).text).toContain('11:05\u00a0PM\u00a0UTC');
  });

  it.each(['de-DE', 'en-GB', 'xx', '', 'not a language'])('is in English for %j', (language) => {
    for (const letter of EVERY_KIND) {
      const { html, text } = write({ ...letter, language });
      expect(text).toContain('Hello Tony Smith,');
      expect(html).toContain('<html lang="en-US" dir="ltr">');
    }
  });

  it('shows a name with markup as it is written', () => {
    const { html, text } = write({ ...UM_ENABLED, displayName: '<img src=x onerror=alert(1)> & "co" \'s' });
    expect(html).not.toContain('<img');
    expect(html).toContain('Hello &lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot; &#39;s,');
    expect(text).toContain('Hello <img src=x onerror=alert(1)> & "co" \'s,');
  });

  it('lets no name change the text around it', () => {
    const reversing = write({ ...UM_ENABLED, displayName: 'Tony\u202eevil\r\n\r\nYour PIN: 1' });
    expect(reversing.to.name).toBe('Tony evil Your PIN: 1');
    expect(reversing.text).toContain('Hello Tony evil Your PIN: 1,');
    expect(write({ ...UM_ENABLED, displayName: 'שרה לוי' }).text).toContain('Hello \u2068שרה לוי\u2069,');
    expect(write({ ...UM_ENABLED, displayName: ' \u200e ' }).text).toContain('Hello tonysmith@contoso.com,');
  });

  it('links numbers that can be called from anywhere, and nothing else', () => {
    const { html } = write({ ...UM_ENABLED, accessNumbers: ['5000', '+14255550100', '+1"><b>'] });
    expect(html.match(/<a [^>]*>[^<]*<\/a>/g)).toEqual(['<a href="tel:+14255550100">+14255550100</a>']);
    expect(html).toContain('+1&quot;&gt;&lt;b&gt;');
  });

  it('has the text of the policy in both parts, cleaned', () => {
    const policyText = 'Call <b>4711</b><script>alert(1)</script> or see <a href="https://help.example">help</a>.';
    for (const letter of [UM_ENABLED, UM_ENABLED_NOTICE, PIN_RESET, PIN_RESET_NOTICE]) {
      const { html, text } = write({ ...letter, policyText });
      expect(html).toContain('Call <b>4711</b> or see <a href="https://help.example">help</a>.');
      expect(text).toContain('\nCall 4711 or see help <https://help.example>.\n');
    }
  });
});
