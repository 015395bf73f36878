import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What needs a Kamailio on the machine, and so is not part of `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    include: ['src/testing/kamailio/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
