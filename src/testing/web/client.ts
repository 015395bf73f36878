import { join } from 'node:path';
import { generateAst, parseSpec, printAst } from 'oazapfts';
import { createContext } from 'oazapfts/context';
import { startTestApi } from '../http/test-api.ts';

/** Where the pages' client of the API is kept. */
export const CLIENT_FILE = join(import.meta.dirname, '../../admin/web/api/operations.ts');

/** The client as it follows from the OpenAPI document that the service answers with now. */
export async function generateClient(): Promise<string> {
  const api = await startTestApi();
  try {
    const answer = await api.ask('/openapi.json', { as: 'nobody' });
    const document = await parseSpec(JSON.parse(answer.text));
    return printAst(await generateAst(createContext(document, { mergeReadWriteOnly: true })));
  } finally {
    await api.close();
  }
}
