import { describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { useDatabase } from '../testing/use-database.ts';

const MINUTE = 29_733_333;

describe.each(DATABASE_KINDS)('failures by source on $name', (kind) => {
  const used = useDatabase(kind);

  async function add(source: string, ...minutes: readonly number[]): Promise<void> {
    for (const minute of minutes) await used.database.sourceFailures.add(source, minute);
  }

  it('are counted from a minute on, each source on its own, after a restart too', async () => {
    await add('number:+14255550123', MINUTE - 60, MINUTE - 59, MINUTE, MINUTE);
    await add('address:192.0.2.1', MINUTE);
    const { sourceFailures } = await used.stored.reopen();
    expect(await sourceFailures.count('number:+14255550123', MINUTE - 60)).toBe(4);
    expect(await sourceFailures.count('number:+14255550123', MINUTE - 59)).toBe(3);
    expect(await sourceFailures.count('number:+14255550123', MINUTE + 1)).toBe(0);
    expect(await sourceFailures.count('address:192.0.2.1', 0)).toBe(1);
    expect(await sourceFailures.count('address:192.0.2.2', 0)).toBe(0);
  });

  it('lose none that come at the same time, and take one row in a minute', async () => {
    await Promise.all(Array.from({ length: 100 }, () => used.database.sourceFailures.add('one', MINUTE)));
    expect(await used.database.sourceFailures.count('one', MINUTE)).toBe(100);
    expect(await used.rowsOf('source_failure')).toHaveLength(1);
  });

  it('can be taken back one by one, down to none', async () => {
    await add('one', MINUTE, MINUTE, MINUTE + 1);
    const { sourceFailures } = used.database;
    await sourceFailures.remove('one', MINUTE);
    expect(await sourceFailures.count('one', 0)).toBe(2);
    await sourceFailures.remove('one', MINUTE);
    await sourceFailures.remove('one', MINUTE);
    await sourceFailures.remove('one', MINUTE - 1);
    await sourceFailures.remove('two', MINUTE);
    expect(await sourceFailures.count('one', 0)).toBe(1);
    await add('one', MINUTE);
    expect(await sourceFailures.count('one', MINUTE)).toBe(2);
  });

  it('are forgotten before one minute and after another, whosoever they are', async () => {
    await add('one', MINUTE - 2, MINUTE - 1, MINUTE, MINUTE + 1);
    await add('two', MINUTE - 2, MINUTE + 2);
    await used.database.sourceFailures.prune(MINUTE - 1, MINUTE);
    expect(await used.database.sourceFailures.count('one', 0)).toBe(2);
    expect(await used.rowsOf('source_failure')).toHaveLength(2);
  });
});
