/** Writes the pages' client of the API anew: `npm run client:web`, after any change of the API's description. */
import { writeFile } from 'node:fs/promises';
import { CLIENT_FILE, generateClient } from './client.ts';

await writeFile(CLIENT_FILE, await generateClient());
