import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, which go first: at the end nothing would be left to run beside them. */
const LONGEST = [
  'src/main.test.ts',
  'src/testing/web/pages.test.ts',
  'src/testing/suite/instances.test.ts',
  'src/testing/suite/administration.test.ts',
  'src/testing/sipp/sipp.test.ts',
  'src/testing/suite/failed-sign-ins.test.ts',
  'src/testing/suite/signalling.test.ts',
  'src/telephony/lost-servers.test.ts',
  'src/services/sign-in-crash.test.ts',
  'src/services/sign-in-races.test.ts',
  'src/testing/bench/benchmarks.test.ts',
];

/**
 * Files of one part each, which keep nothing outside their tests: those that come to the same worker share the modules
 * that they import, which would cost a fifth of their time otherwise. The others start and stop whole services, look at
 * what the process still has open, or measure its memory: each of them has a process of its own.
 */
const PARTS = ['domain', 'conversation', 'security', 'storage', 'services', 'mail', 'admin'].map(
  (part) => `src/${part}/**/*.test.ts`,
);

/**
 * What is run on PostgreSQL a second time: what callers and administrators have done to PINs, and how mailboxes are found.
 * What depends on the kind of database (stores, races, commits, lost connections, mails, keys) runs on both as it is;
 * everything else does with TEST_DATABASE=postgres, for which a run on two cores has no time left.
 */
const ON_POSTGRES = [
  ...['sign-in', 'pin-changes', 'pin-administration'].map((name) => `src/services/${name}-service.test.ts`),
  'src/services/pin-reset.test.ts',
  ...['mailboxes', 'mailbox-pin', 'odd-identities'].map((name) => `src/admin/http/routes/${name}.test.ts`),
];

const POSTGRES = { TEST_DATABASE: 'postgres' };

/** The longest first, then the other whole ones; parts, which are short, fill what time is left at the end. */
function placeOf({ moduleId, project }: TestSpecification): number {
  const place = LONGEST.findIndex((file) => moduleId.endsWith(file));
  if (place !== -1) return place;
  return project.name === 'whole' ? LONGEST.length : LONGEST.length + 1;
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'parts', include: PARTS, isolate: false } },
      { extends: true, test: { name: 'parts-on-postgres', include: ON_POSTGRES, isolate: false, env: POSTGRES } },
      { extends: true, test: { name: 'whole', include: ['src/**/*.test.ts'], exclude: PARTS } },
    ],
    // Lets the tests have a throw-away PostgreSQL, once the first of them asks for it.
    globalSetup: ['src/testing/postgres/shared-cluster.ts'],
    // Every wait in the tests has a shorter deadline of its own, and says more when it fails.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of the time is spent on listening: three files at a time keep two cores at work without making calls late.
    maxWorkers: 3,
    // Tests of a file that say so run at the same time; most of that is listening to prompts.
    maxConcurrency: 12,
    pool: 'forks',
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    // Processes that tests start, the service above all, need not compile the same modules each time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
  },
});
