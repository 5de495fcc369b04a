import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A project of its own, which test/e2e/authoring.test.ts copies, installs tidemark into, and runs.
    exclude: ['test/fixtures/**'],
    // Two cores, and heap walks of real processes: files run one after another so that they do not disturb each other.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
