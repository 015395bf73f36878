import { randomBytes } from 'node:crypto';
import { askCluster, clusterUrl, connectTo } from './shared-cluster.ts';

/** A database of its own without any table, in the cluster of the run. */
export interface EmptyDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

/** Makes one. @param options what stands behind its name in `create database`. */
export async function createEmpty(options: string = ''): Promise<EmptyDatabase> {
  // A database that was only emptied is given back at once: asking tells where the cluster is.
  const lent = await askCluster({ kind: 'take' });
  await askCluster({ kind: 'give-back', name: lent.name, isAltered: false });
  const name = `empty_${randomBytes(8).toString('hex')}`;
  const onServer = async (statement: string): Promise<void> => {
    const client = await connectTo(clusterUrl(lent, 'postgres'));
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await onServer(`create database ${name} template template0 ${options}`);
  return {
    url: clusterUrl(lent, name),
    name,
    [Symbol.asyncDispose]: () => onServer(`drop database if exists ${name} with (force)`),
  };
}
