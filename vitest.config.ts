import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/parts/longest-first.ts';
import { ALONE, filesOf, WITH_FETCHED_PARTS } from './test/parts/order.ts';

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
          exclude: ['test/fixtures/**', ...filesOf([...WITH_FETCHED_PARTS, ...ALONE])],
          maxWorkers,
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: filesOf(WITH_FETCHED_PARTS),
          globalSetup: 'test/parts/fetch-parts.ts',
          setupFiles: 'test/parts/await-parts.ts',
          maxWorkers,
        },
      },
      { extends: true, test: { name: 'alone', include: filesOf(ALONE), fileParallelism: false } },
    ],
  },
});
