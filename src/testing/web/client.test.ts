import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CLIENT_FILE, generateClient } from './client.ts';

it('is the client of the API as it is now; `npm run client:web` writes it anew', async () => {
  expect(await readFile(CLIENT_FILE, 'utf8')).toBe(await generateClient());
});
