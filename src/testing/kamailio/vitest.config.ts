import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import suite from '../../../vitest.config.ts';

/** What needs a Kamailio on the machine, and so is not part of `npm test`. */
export default mergeConfig(
  { ...suite, test: { ...suite.test, include: [] } },
  defineConfig({
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    test: { include: ['src/testing/kamailio/*.check.ts'] },
  }),
);
