import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };

/** The tests that start the built package, in programs or as the command; and the slowest of the others. */
const WITH_PROCESSES = [
  'test/{process,places,cli}/**/*.test.ts',
  'test/{package,readme}.test.ts',
  'test/deploy/demo.test.ts',
  'test/redact/{limits,linear}.test.ts',
  'test/v8/{census,reader,settlers,suspended}.test.ts',
];
/** Starts 200 processes, many of which spin: it runs alone, when the others are done. */
const FLEET = ['test/fleet/**/*.test.ts'];
const NOT_OURS = '**/node_modules/**';

export default defineConfig({
  define: { GMR_VERSION: JSON.stringify(version) },
  test: {
    // Real processes on a small machine: deadlines are generous, and nothing asserts on a timing.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [NOT_OURS, ...WITH_PROCESSES, ...FLEET] },
      },
      {
        extends: true,
        test: { name: 'processes', include: WITH_PROCESSES, exclude: [NOT_OURS], globalSetup: 'test/install.ts' },
      },
      {
        extends: true,
        test: { name: 'fleet', include: FLEET, exclude: [NOT_OURS], sequence: { groupOrder: 1 } },
      },
    ],
  },
});
