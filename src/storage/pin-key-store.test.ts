import { describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { useDatabase } from '../testing/use-database.ts';

describe.each(DATABASE_KINDS)('PIN keys on $name', (kind) => {
  const used = useDatabase(kind);

  it('are kept as they were entered first', async () => {
    const { pinKeys } = used.database;
    await pinKeys.insert({ keyId: 'b', check: '1' });
    await pinKeys.insert({ keyId: 'a', check: '2' });
    await pinKeys.insert({ keyId: 'b', check: '3' });
    expect(await pinKeys.all()).toEqual([
      { keyId: 'a', check: '2' },
      { keyId: 'b', check: '1' },
    ]);
  });
});
