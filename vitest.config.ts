import { defineConfig } from 'vitest/config';
import { ALONE, LongestFirst, WITH_FETCHED_PARTS } from './test/parts/order.ts';

// Two cores: two files at once wait for each other's rounds, three would make each other's processes wait.
const maxWorkers = 2;

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'own',
          include: ['test/**/*.test.ts'],
          // A project of its own, which test/e2e/authoring.test.ts copies, installs tidemark into, and runs.
          exclude: ['test/fixtures/**', ...WITH_FETCHED_PARTS, ...ALONE],
          maxWorkers,
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: WITH_FETCHED_PARTS,
          globalSetup: 'test/parts/fetch-parts.ts',
          setupFiles: 'test/parts/await-parts.ts',
          maxWorkers,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, fileParallelism: false } },
    ],
  },
});
