import { describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import type { AccessTokenId } from '../services/ports/access-token-store.ts';
import type { SignInLink } from '../services/ports/sign-in-link-store.ts';
import type { WebSession } from '../services/ports/web-session-store.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { insertMailbox, mailboxOf, PLAN } from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

const MAILBOX = mailboxOf(PLAN).id;
const TOKEN = 'token-1' as AccessTokenId;

const OF_TOKEN: WebSession = {
  person: 'token token-1',
  name: 'ann',
  roles: ['um-management', 'help-desk'],
  signedInBy: 'token',
  tokenId: TOKEN,
  mailboxId: undefined,
  terms: undefined,
  address: '192.0.2.1',
  createdAt: 1_000,
  lastUsedAt: 1_000,
  until: 9_000,
};
const OF_USER: WebSession = {
  ...OF_TOKEN,
  person: 'mailbox one',
  name: 'tonysmith@contoso.com',
  roles: [],
  signedInBy: 'link',
  tokenId: undefined,
  mailboxId: MAILBOX,
};
const OF_OIDC: WebSession = {
  ...OF_TOKEN,
  person: 'oidc ann',
  signedInBy: 'oidc',
  tokenId: undefined,
  terms: 'now',
};

const LINK: SignInLink = { id: 'link-1', addressDigest: 'a', mailboxId: MAILBOX, askedAt: 1_000, expiresAt: 5_000 };

describe.each(DATABASE_KINDS)('sessions and links on $name', (kind) => {
  const used = useDatabase(kind);

  async function fill(): Promise<void> {
    await insertMailbox(used.database);
    const token = { id: TOKEN, name: 'One', role: 'help-desk', createdAt: 1, createdBy: 'test' } as const;
    await used.database.accessTokens.insert({ ...token, expiresAt: undefined, lastUsedAt: undefined }, 'hash');
  }

  it('are found by any of the digests that they may have, as they were stored', async () => {
    await fill();
    const { webSessions } = used.database;
    for (const [digest, session] of Object.entries({ one: OF_TOKEN, two: OF_USER, three: OF_OIDC })) {
      await webSessions.insert(session, digest);
      expect(await webSessions.byDigest(['none', digest])).toEqual({ session, digest });
    }
    const open = { now: 8_999, usedBefore: 999, terms: 'now' };
    expect(await webSessions.countOpen(open)).toEqual({ administrator: 2, user: 1 });
    expect(await webSessions.countOpen({ ...open, terms: undefined })).toEqual({ administrator: 1, user: 1 });
    for (const none of [{ now: 9_000 }, { usedBefore: 1_000 }]) {
      expect(await webSessions.countOpen({ ...open, ...none })).toEqual({ administrator: 0, user: 0 });
      expect(await webSessions.listOpen({ ...open, ...none }, undefined, 5)).toEqual([]);
    }
    await webSessions.insert({ ...OF_OIDC, createdAt: 2_000 }, 'five');
    await webSessions.insert({ ...OF_OIDC, createdAt: 3_000, terms: 'before' }, 'six');
    const list = async (after: string | undefined, limit: number) =>
      (await webSessions.listOpen(open, after, limit)).map(({ session }) => [session.person, session.createdAt]);
    expect(await list(undefined, 2)).toEqual([
      ['mailbox one', 1_000],
      ['oidc ann', 2_000],
      ['oidc ann', 1_000],
    ]);
    expect(await list('oidc ann', 2)).toEqual([['token token-1', 1_000]]);
    const ofAnn = await webSessions.ofPerson('oidc ann');
    expect(ofAnn.map(({ digest, session }) => [digest, session.createdAt])).toEqual([
      ['six', 3_000],
      ['five', 2_000],
      ['three', 1_000],
    ]);
    expect(await webSessions.ofPerson('oidc')).toEqual([]);
    await webSessions.used('one', 2_000);
    expect((await webSessions.byDigest(['one']))?.session.lastUsedAt).toBe(2_000);
    expect(await webSessions.byDigest(['four'])).toBeUndefined();
    expect([await webSessions.remove('one'), await webSessions.remove('one')]).toEqual([true, false]);
  });

  it('end with the token or the mailbox that they were begun by', async () => {
    await fill();
    const { webSessions, accessTokens, mailboxes, signInLinks } = used.database;
    for (const [digest, session] of Object.entries({ one: OF_TOKEN, two: OF_USER, three: OF_OIDC })) {
      await webSessions.insert(session, digest);
    }
    await signInLinks.insert(LINK);
    await accessTokens.remove(TOKEN);
    expect(await webSessions.byDigest(['one'])).toBeUndefined();
    expect(await webSessions.byDigest(['two'])).toBeDefined();
    await mailboxes.remove(MAILBOX);
    expect(await webSessions.byDigest(['two'])).toBeUndefined();
    expect(await signInLinks.use(LINK.id, 2_000)).toBeUndefined();
    expect(await webSessions.byDigest(['three'])).toBeDefined();
  });

  it('are kept by their number, their use and their end', async () => {
    const { webSessions } = used.database;
    for (let nth = 1; nth <= 5; nth++) {
      const at = nth * 1_000;
      await webSessions.insert({ ...OF_OIDC, createdAt: at, lastUsedAt: at, until: 10_000 + at }, `s${nth}`);
    }
    await webSessions.insert({ ...OF_OIDC, person: 'oidc other', until: 20_000 }, 'other');
    const open = { now: 11_000, usedBefore: 1_000, terms: 'now' };
    expect(await webSessions.countOpen(open)).toEqual({ administrator: 4, user: 0 });
    await webSessions.keepNewest('oidc ann', 3);
    const left = async (): Promise<readonly string[]> => {
      const names = ['s1', 's2', 's3', 's4', 's5', 'other'];
      const found = await Promise.all(names.map(async (name) => (await webSessions.byDigest([name]))?.digest));
      return found.flatMap((name) => name ?? []);
    };
    expect(await left()).toEqual(['s3', 's4', 's5', 'other']);
    await webSessions.prune(13_000, 900, 2_000);
    expect(await left()).toEqual(['s4', 's5', 'other']);
    await webSessions.prune(1, 1_000, 2_000);
    expect(await left()).toEqual(['s4', 's5']);
    expect(await webSessions.removeOf('oidc ann')).toBe(2);
    expect(await left()).toEqual([]);
    const begun = await Promise.all([1, 3, 4].map((nth) => webSessions.begunAt('oidc ann', nth)));
    expect(begun).toEqual([5_000, 3_000, undefined]);
    expect(await webSessions.begunAt('oidc other', 1)).toBeUndefined();
  });

  it('are used up by one of several at once', async () => {
    await fill();
    const { signInLinks } = used.database;
    await signInLinks.insert(LINK);
    const uses = await Promise.all([1, 2, 3].map(() => signInLinks.use(LINK.id, 2_000)));
    expect(uses.filter((mailbox) => mailbox !== undefined)).toEqual([MAILBOX]);
    await signInLinks.insert({ ...LINK, id: 'old' });
    expect(await signInLinks.use('old', LINK.expiresAt)).toBeUndefined();
    await signInLinks.insert({ ...LINK, id: 'nobody’s', mailboxId: undefined });
    expect(await signInLinks.use('nobody’s', 2_000)).toBeUndefined();
    expect(await signInLinks.use('none', 2_000)).toBeUndefined();
  });

  it('are counted by the address, and forgotten', async () => {
    const { signInLinks } = used.database;
    const nobody = { ...LINK, mailboxId: undefined as MailboxId | undefined };
    await signInLinks.insert({ ...nobody, id: 'one', addressDigest: 'new' });
    await signInLinks.insert({ ...nobody, id: 'two', addressDigest: 'old', askedAt: 2_000 });
    await signInLinks.insert({ ...nobody, id: 'three', addressDigest: 'other' });
    expect(await signInLinks.countSince(['new', 'old'], 0)).toBe(2);
    expect(await signInLinks.countSince(['new', 'old'], 1_000)).toBe(1);
    await signInLinks.prune(1_000);
    expect(await signInLinks.countSince(['new', 'old', 'other'], 0)).toBe(1);
  });
});
