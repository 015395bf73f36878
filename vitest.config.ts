import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 15_000,
    hookTimeout: 30_000,
    // Calls are paced by real clocks: two files at a time is what two cores carry without making them late.
    maxWorkers: 2,
    pool: 'forks',
    restoreMocks: true,
  },
});
