import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../services/access-tokens.ts';
import type { AccessTokenStore } from '../../services/ports/access-token-store.ts';
import { DATABASE_KINDS, POSTGRES, SQLITE, type TestDatabaseKind } from '../../testing/databases.ts';
import { startTestApi, type TestAnswer, type TestApi, type TestApiOptions } from '../../testing/http/test-api.ts';

const NAME = 'nightly report';

describe('an answer, where the database does not store a token,', () => {
  let api: TestApi | undefined;

  afterEach(async () => {
    await api?.close();
    api = undefined;
  });

  async function start(kind: TestDatabaseKind, options: TestApiOptions = {}): Promise<TestApi> {
    api = await startTestApi({ ...options, kind });
    return api;
  }

  const create = ({ ask }: TestApi): Promise<TestAnswer> =>
    ask('/tokens', { method: 'POST', body: { name: NAME, role: 'help-desk' } });

  const typeOf = ({ status, json }: TestAnswer) => [status, (json as { readonly type: string }).type.split('/').at(-1)];

  /** Has PostgreSQL answer each of them with an error of its own (its manual, appendix A). */
  const failWith = (state: string) => `
    create or replace function fail() returns trigger language plpgsql as $$
      begin raise exception using errcode = '${state}', message = 'No'; end $$;
    create or replace trigger fail before insert on access_token execute function fail()`;

  it.each([
    ['SQLite', SQLITE, "create trigger fail before insert on access_token begin select raise(abort, 'No'); end"],
    ['PostgreSQL', POSTGRES, failWith('23514')],
  ])('is that of a fault when that contradicts what it has: %s', async (_name, kind, statement) => {
    const started = await start(kind);
    await started.service.stored.run(statement);
    expect(typeOf(await create(started))).toEqual([500, 'internal-error']);
    const [line] = started.service.log.lines.filter(({ message }) => message === 'A request could not be answered');
    expect(line?.fields.fault).toMatchObject({ name: 'ConstraintViolated' });
  });

  it('is that of a system that is not to be had where PostgreSQL has no room, no lock, no time, or is damaged', async () => {
    const started = await start(POSTGRES);
    // 40001 is answered once it has come fifty times in a row.
    for (const state of ['53100', '53200', '55P03', '57014', '40001', 'XX001']) {
      await started.service.stored.run(failWith(state));
      const answer = await create(started);
      expect([state, ...typeOf(answer)]).toEqual([state, 503, 'overloaded']);
      expect(answer.headers.get('retry-after')).toBe('5');
    }
  });

  it('is the same where another process does not let go of a file of SQLite', async () => {
    const started = await start(SQLITE);
    using other = new DatabaseSync(started.service.stored.path);
    other.exec('begin immediate');
    expect(typeOf(await create(started))).toEqual([503, 'overloaded']);
    other.exec('rollback');
    expect((await create(started)).status).toBe(201);
  });

  it.each(DATABASE_KINDS)('is that the name is taken, once somebody has it: $name', async (kind) => {
    const started = await start(kind);
    expect((await create(started)).status).toBe(201);
    expect(typeOf(await create(started))).toEqual([409, 'name-taken']);
  });

  it('is that the name is taken, too, when somebody has taken it in between, past the program', async () => {
    let isFirst = true;
    const started = await start(POSTGRES, {
      parts: (service) => ({
        accessTokens: createAccessTokens({
          ...service,
          isOneOfSeveralWays: false,
          database: {
            ...service.database,
            transact: (work) =>
              service.database.transact((stores) => work({ ...stores, accessTokens: raced(stores.accessTokens) })),
          },
        }),
      }),
    });
    const raced = (store: AccessTokenStore): AccessTokenStore => ({
      byHash: (hash) => store.byHash(hash),
      byId: (id) => store.byId(id),
      byName: async (name) => {
        const found = await store.byName(name);
        if (isFirst) await started.service.stored.run(TAKEN);
        isFirst = false;
        return found;
      },
      list: (after, limit) => store.list(after, limit),
      hasValid: (role, now, except) => store.hasValid(role, now, except),
      insert: (token, hash) => store.insert(token, hash),
      remove: (id) => store.remove(id),
      used: (id, at) => store.used(id, at),
    });
    expect(typeOf(await create(started))).toEqual([409, 'name-taken']);
    expect(isFirst).toBe(false);
  });
});

const TAKEN = `insert into access_token (id, name, role, token_hash, created_at, created_by)
  values ('another', '${NAME.toUpperCase()}', 'help-desk', 'of another', 0, 'another')`;
