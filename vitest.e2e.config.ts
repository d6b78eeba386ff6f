import { defineConfig } from 'vitest/config';

/** The real collector, Loki and Jaeger; test/e2e/run.ts finds or builds them first. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
