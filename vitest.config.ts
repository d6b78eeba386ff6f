import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: 'test/install.ts',
    // Real processes on a small machine: deadlines are generous, and nothing asserts on a timing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Where it decides over a change, a machine that was busy for a moment does not; what was tried again is shown.
    retry: process.env.CI ? 2 : 0,
  },
});
