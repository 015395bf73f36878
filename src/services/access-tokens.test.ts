import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { dyingDatabase } from '../testing/dying-database.ts';
import { BY_TEST, createTestService, type TestService } from '../testing/test-service.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import type { AccessTokenId } from './ports/access-token-store.ts';

const DAY = 86_400_000;

describe.each([DEFAULT_KIND])('access tokens on $name', (kind) => {
  let service: TestService;
  let tokens: AccessTokens;
  beforeEach(async () => {
    service = await createTestService({ kind });
    tokens = createAccessTokens({ ...service, isOneOfSeveralWays: false });
  });
  afterEach(() => service.dispose());

  async function make(
    name: string,
    expiresInDays?: number,
    role: 'help-desk' | 'organization-management' = 'help-desk',
  ) {
    const created = await tokens.create({ name, role, expiresInDays }, BY_TEST, false);
    if (created.kind !== 'created' || created.secret === undefined) throw new Error('It was not made');
    return { ...created.accessToken, secret: created.secret };
  }
  const actions = async () =>
    (await service.database.audit.from(1, 100)).map(({ entry }): unknown => JSON.parse(entry));

  it('are random, known again, and kept as a hash only', async () => {
    const one = await make('one');
    const two = await make('two');
    expect(one.secret).toMatch(/^tt_[A-Za-z0-9_-]{43}$/);
    expect(one.secret).not.toBe(two.secret);
    expect(await tokens.check(one.secret)).toMatchObject({ kind: 'valid', accessToken: { id: one.id, name: 'one' } });
    expect(JSON.stringify(await service.stored.rows())).not.toContain(one.secret.slice(3));
    expect(JSON.stringify(service.log.lines)).not.toContain(one.secret.slice(3));
  });

  it.each(['', 'tt_', 'one', `tt_${'A'.repeat(43)}`, `tt_${'A'.repeat(4_300)}`, "tt_' or 1=1 --"])(
    'do not know %j',
    async (token) => {
      await make('one');
      expect(await tokens.check(token)).toEqual({ kind: 'unknown' });
    },
  );

  it('expire to the millisecond, and are told apart from unknown ones', async () => {
    const { secret } = await make('one', 1);
    await service.clock.advance(DAY - 1);
    expect((await tokens.check(secret)).kind).toBe('valid');
    await service.clock.advance(1);
    expect((await tokens.check(secret)).kind).toBe('expired');
  });

  it('note their last use, once a minute', async () => {
    const { id, secret } = await make('one');
    const lastUse = async () => (await service.database.accessTokens.byId(id))?.lastUsedAt;
    expect(await lastUse()).toBeUndefined();
    const first = service.clock.now();
    await tokens.check(secret);
    await service.clock.advance(59_999);
    await tokens.check(secret);
    expect(await lastUse()).toBe(first);
    await service.clock.advance(1);
    await tokens.check(secret);
    expect(await lastUse()).toBe(first + 60_000);
  });

  it('are refused from the moment they are removed', async () => {
    const { id, secret } = await make('one');
    expect(await tokens.remove(id, BY_TEST, true)).toMatchObject({ kind: 'removed' });
    expect((await tokens.check(secret)).kind).toBe('valid');
    expect(await tokens.remove(id, BY_TEST, false)).toMatchObject({ kind: 'removed' });
    expect((await tokens.check(secret)).kind).toBe('unknown');
    expect(await tokens.remove(id, BY_TEST, false)).toEqual({ kind: 'no-such-token' });
    expect(await actions()).toEqual([
      expect.objectContaining({
        action: 'token-created',
        ...BY_TEST,
        details: expect.objectContaining({ name: 'one' }),
      }),
      expect.objectContaining({ action: 'token-removed', ...BY_TEST }),
    ]);
  });

  it('have names of their own, upper and lower case being the same', async () => {
    await make('Backup');
    const again = { name: ' backup ', role: 'view-only', expiresInDays: 1 } as const;
    expect(await tokens.create(again, BY_TEST, false)).toEqual({ kind: 'name-taken' });
    for (const name of ['', ' \t', 'a\nb', 'a'.repeat(65)]) {
      expect(await tokens.create({ ...again, name }, BY_TEST, false)).toEqual({ kind: 'not-a-name', maximum: 64 });
    }
    expect(await tokens.create({ ...again, name: 'other' }, BY_TEST, true)).toMatchObject({ secret: undefined });
    expect(await tokens.list(undefined, 10)).toHaveLength(1);
  });

  it('are listed in the order of their names, a page at a time', async () => {
    for (const name of ['b', 'C', 'a', 'D']) await make(name);
    expect((await tokens.list(undefined, 3)).map(({ name }) => name)).toEqual(['a', 'b', 'C']);
    expect((await tokens.list('C', 3)).map(({ name }) => name)).toEqual(['D']);
  });

  it('do not let the last one of Organization Management go, unless there is another way in', async () => {
    const last = await make('last', undefined, 'organization-management');
    await make('desk');
    const passing = await make('passing', 1, 'organization-management');
    await service.clock.advance(DAY);
    expect(await tokens.remove(last.id, BY_TEST, false)).toEqual({ kind: 'last-way-in' });
    expect((await tokens.remove(passing.id, BY_TEST, true)).kind).toBe('removed');
    await make('another', undefined, 'organization-management');
    expect((await tokens.remove(passing.id, BY_TEST, false)).kind).toBe('removed');
    expect((await tokens.remove(last.id, BY_TEST, false)).kind).toBe('removed');
    const withOidc = createAccessTokens({ ...service, isOneOfSeveralWays: true });
    for (const { id } of await withOidc.list(undefined, 9)) await withOidc.remove(id, BY_TEST, false);
    expect(await withOidc.remove('none' as AccessTokenId, BY_TEST, false)).toEqual({ kind: 'no-such-token' });
    expect(await withOidc.list(undefined, 9)).toEqual([]);
  });

  it('begin with one that is delivered, when none is valid and only then', async () => {
    const delivered: string[] = [];
    const deliver = async (token: string) => void delivered.push(token);
    expect(await tokens.ensureFirst(deliver)).toBe(true);
    expect(await tokens.ensureFirst(deliver)).toBe(false);
    expect(delivered).toHaveLength(1);
    expect(await tokens.check(delivered[0] ?? '')).toMatchObject({
      kind: 'valid',
      accessToken: { role: 'organization-management', createdBy: 'system', expiresAt: undefined },
    });
  });

  it('begin anew where all have expired', async () => {
    const { secret } = await make('first-token', 1);
    await service.clock.advance(DAY);
    const delivered: string[] = [];
    expect(await tokens.ensureFirst(async (token) => void delivered.push(token))).toBe(true);
    expect(await tokens.check(delivered[0] ?? '')).toMatchObject({ accessToken: { name: 'first-token-2' } });
    expect((await tokens.check(secret)).kind).toBe('expired');
  });

  it('leave a way in wherever the program dies while it makes the first one', async () => {
    for (let calls = 0; ; calls++) {
      const dying = dyingDatabase(service.database, calls);
      let delivered = '';
      const deliver = async (token: string): Promise<void> => {
        delivered = token;
      };
      const attempt = createAccessTokens({ ...service, database: dying, isOneOfSeveralWays: false });
      const made = await attempt.ensureFirst(deliver).catch(() => false);
      // What the disk has now is what the next start finds.
      const isStored = (await tokens.check(delivered)).kind === 'valid';
      if (made && isStored) break;
      expect(await service.database.accessTokens.hasValid(undefined, service.clock.now())).toBe(false);
      expect(calls).toBeLessThan(20);
    }
    const refuse = () => Promise.reject(new Error('The disk is full'));
    expect(await tokens.ensureFirst(refuse)).toBe(false);
  });

  it('are not made when they cannot be delivered', async () => {
    await expect(tokens.ensureFirst(() => Promise.reject(new Error('The disk is full')))).rejects.toThrow('full');
    expect(await tokens.list(undefined, 9)).toEqual([]);
  });
});
