import { beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, expectProblem, post, useStockedApi } from '../../../testing/http/stocked-api.ts';
import type { TestRequest } from '../../../testing/http/test-api.ts';
import { AuditRecordList } from '../schemas/audit.ts';
import { Mailbox, MailboxList } from '../schemas/mailboxes.ts';

const api = useStockedApi();

const ODD = [
  "'",
  '"',
  '`',
  "' or '1'='1",
  "'; drop table mailbox; --",
  '%',
  '_',
  '%%%',
  '*',
  '?',
  '#',
  '&',
  '+',
  ' ',
  '  51234  ',
  '\\',
  '\u0000',
  '\r\nX-Injected: yes',
  '\u202eevil',
  '💥',
  'ǅ',
  'İ',
  'a/b',
  '../mailboxes',
  '..',
  '.',
  '/',
  '//',
  '%2F',
  '%00',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e3',
  '00000000-0000-4000-8000-000000000000',
  '{"$ne":null}',
  `${'x'.repeat(300)}@contoso.com`,
];

const requests: readonly (readonly [string, TestRequest])[] = [
  ['', {}],
  ['', { method: 'PATCH', body: {} }],
  ['', { method: 'DELETE' }],
  ['/pin', {}],
  ['/timeline', {}],
  ['/mail', {}],
  ['/pin/reset', post()],
  ['/lock', post()],
  ['/mail/x/retry', post()],
];

// The first use of a token is noted.
beforeAll(async () => {
  await api.ask('/me');
});

describe('an odd identity', () => {
  it.each(ODD)('%j names nothing, whatever is asked', async (identity) => {
    const encoded = encodeURIComponent(identity).replaceAll('.', '%2E');
    const before = await api.service.stored.rows();
    // Clients resolve dots, encoded or not, before they send anything.
    if (!/^\.+$/.test(identity)) {
      for (const [path, request] of requests) {
        expectProblem(await api.ask(`/mailboxes/${encoded}${path}`, request), 'no-such-mailbox');
      }
      expectProblem(await api.ask(`/dial-plans/${encoded}`), 'no-such-dial-plan');
      expectProblem(await api.ask(`/mailbox-policies/${encoded}`), 'no-such-policy');
      expectProblem(await api.ask(`/calls/${encoded}`, { method: 'DELETE' }), 'no-such-call');
    }
    expectProblem(await api.ask(`/mailboxes?policy=${encoded}`), 'no-such-policy');
    const search = await api.ask(`/mailboxes?search=${encodeURIComponent(identity.slice(0, 256))}`);
    expect(bodyOf(search, 200, MailboxList).items).toEqual([]);
    const records = await api.ask(`/audit?actor=${encodeURIComponent(identity.slice(0, 256))}`);
    expect(bodyOf(records, 200, AuditRecordList).items).toEqual([]);
    expect(await api.service.stored.rows()).toEqual(before);
  });

  it('of 10,000 characters is too long', async () => {
    for (const [path, request] of requests) {
      expectProblem(await api.ask(`/mailboxes/${'x'.repeat(10_000)}${path}`, request), 'uri-too-long');
    }
    expectProblem(await api.ask(`/mailboxes?search=${'x'.repeat(257)}`), 'invalid-request', {
      errors: [{ path: '/search', message: expect.any(String) }],
    });
  });

  it.each([321, 4_000])('of %i characters is too long to be one', async (length) => {
    const errors = [{ path: '/identity', message: expect.any(String) }];
    for (const [path, request] of requests) {
      const answer = await api.ask(`/mailboxes/${'x'.repeat(length)}${path}`, request);
      expectProblem(answer, 'invalid-request', { errors });
    }
  });

  it.each(['%', '%zz', '%c3', '%ff%fe'])('that is no text, %s, is not understood', async (encoded) => {
    expectProblem(await api.ask(`/mailboxes/${encoded}`), 'invalid-request');
  });
});

describe('a mailbox with an odd name', () => {
  it.each(["o'brien+%_#?@contoso.com", 'a/b=c&d@contoso.com', 'zoë.müller@contoso.com', '日本@例え.jp'])(
    'is found by it: %s',
    async (address) => {
      const alias = `alias-of-${address.slice(0, address.indexOf('@'))}`;
      const displayName = `"${address}" <script>`;
      const { id } = await api.mailbox({ address, alias, displayName });
      // Upper and lower case are the same of ASCII letters, as in the database.
      const upper = address.replace(/[a-z]/g, (letter) => letter.toUpperCase());
      for (const identity of [address, upper, alias]) {
        const found = bodyOf(await api.ask(`/mailboxes/${encodeURIComponent(identity)}`), 200, Mailbox);
        expect(found).toMatchObject({ id, address, alias, displayName });
      }
      const list = await api.ask(`/mailboxes?search=${encodeURIComponent(displayName)}`);
      expect(bodyOf(list, 200, MailboxList).items).toMatchObject([{ id }]);
      const locked = await api.ask(`/mailboxes/${encodeURIComponent(address)}/lock`, post());
      expect(locked.json).toEqual({ userId: address, lockedOut: true, changed: true });
    },
  );
});
