import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is put into the page or the styles themselves: the Content-Security-Policy takes files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
