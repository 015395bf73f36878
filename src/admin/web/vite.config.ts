import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const DIST = join(import.meta.dirname, 'dist');

/** Files are sent as they lie there, so each of the large ones lies there compressed, too. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    writeBundle: async (_options, bundle) => {
      const scripts = Object.keys(bundle).filter((name) => name.endsWith('.js'));
      await Promise.all(
        scripts.map(async (name) => {
          const file = join(DIST, name);
          const text = await readFile(file);
          await writeFile(`${file}.gz`, await promisify(gzip)(text, { level: 9 }));
          await writeFile(`${file}.br`, await promisify(brotliCompress)(text));
        }),
      );
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), compressed()],
  build: {
    outDir: DIST,
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is put into the page or the styles themselves: the Content-Security-Policy takes files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
