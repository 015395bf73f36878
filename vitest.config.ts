import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Lets the tests have a throw-away PostgreSQL, once the first of them asks for it.
    globalSetup: ['src/testing/postgres/shared-cluster.ts'],
    // Every wait in the tests has a shorter deadline of its own, and says more when it fails.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the time is spent on listening: three files at a time keep two cores at work without making calls late.
    maxWorkers: 3,
    // Tests of a file that say so run at the same time; most of that is listening to prompts.
    maxConcurrency: 12,
    pool: 'forks',
    restoreMocks: true,
    // Processes that tests start, the service above all, need not compile the same modules each time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
  },
});
