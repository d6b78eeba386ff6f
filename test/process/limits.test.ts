import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { INDEX, idsIn, killAll, type Program, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'limits-'));
const ENDED = /^resource usage/m;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function startShop(env: Record<string, string> = {}, more = ''): Promise<Program> {
  const app = startText(
    `import { registerSection, setupAutorun } from ${JSON.stringify(INDEX)};
     setInterval(() => {}, 1000); ${more}
     process.stdin.on('data', () => console.log('alive'));
     await setupAutorun().ready; console.log('up');`,
    { env },
  );
  await app.untilStdout(/up/);
  return app;
}

describe('a flood of signals', () => {
  it('10,000 of them: the process is well, reports a minute are bounded, and the next report tells the number', async () => {
    const app = await startShop(
      { GMR_MAX_REPORTS_PER_MINUTE: '2' },
      `process.on('SIGHUP', async () => {
      const { generateReport } = await import(${JSON.stringify(INDEX)}); await generateReport({ print: true }); });`,
    );
    for (let n = 0; n < 10_000; n += 1) process.kill(app.pid, n % 2 === 0 ? 'SIGUSR1' : 'SIGUSR2');
    await app.untilStderr(ENDED);
    const again = setInterval(() => app.kill(), 100);
    await app.untilStderr(/makes no report: 2 were made within a minute/).finally(() => clearInterval(again));
    app.child.stdin?.write('x');
    await app.untilStdout(/alive/);
    await app.untilStderr(ENDED, 2);
    app.kill('SIGHUP');
    const all = await app.untilStderr(ENDED, 3);
    const last = all.slice(all.lastIndexOf('Guru Meditation  '));
    expect(last).toMatch(/^trigger = api$/m);
    const told = /^note = (\d+) triggers? before this one made no report/m.exec(last)?.[1];
    const joined = [...all.matchAll(/SIGUSR[12](?: (\d+) times)?(?=[,\n])/g)].length;
    expect(Number(told) + joined).toBeGreaterThan(0);
    expect(app.child.exitCode).toBeNull();
  });

  it('both at once are one report, or one each, and every one is printed', async () => {
    const app = await startShop();
    process.kill(app.pid, 'SIGUSR1');
    process.kill(app.pid, 'SIGUSR2');
    for (const signal of ['SIGUSR1', 'SIGUSR2'])
      await app.untilStderr(
        new RegExp(`^trigger = signal ${signal}$|^note = this report also answers .*${signal}`, 'm'),
      );
  });
});

describe('a trigger while a report is made', () => {
  it('joins it until main has been read, whatever triggered it', async () => {
    const file = join(root, 'trigger');
    writeFileSync(file, '');
    // Main is in native code for as long as the agent waits for it: the second trigger comes in between.
    const app = await startShop(
      { GMR_FILE_TRIGGER: file, GMR_FILE_TRIGGER_INTERVAL_MS: '20', GMR_DEADLINE_MS: '3000' },
      `import { execFileSync } from 'node:child_process';
       process.on('SIGHUP', () => execFileSync('sh', ['-c', 'echo stuck; exec sleep 6'], { stdio: 'inherit' }));`,
    );
    app.kill('SIGHUP');
    await app.untilStdout(/stuck/);
    app.kill();
    utimesSync(file, 1, 1);
    const report = await app.untilStderr(ENDED);
    // Which of them is heard first depends on the machine.
    expect(report).toMatch(
      /^note = this report also answers what was heard while it was being made: (the file trigger|SIGUSR1)$/m,
    );
    expect(idsIn(report)).toHaveLength(1);
  });
});

/** Sets the clock of a process by as many seconds as a file says; its other clocks go on. */
const SHIM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) {
  char text[32] = "";
  FILE *file = fopen(getenv("CLOCK_FILE"), "r");
  if (file == NULL) return 0;
  if (fgets(text, sizeof text, file) == NULL) text[0] = 0;
  fclose(file);
  return atol(text);
}
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(id, at);
  if (failed == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += shift();
  return failed;
}
int gettimeofday(struct timeval *at, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "gettimeofday");
  int failed = real(at, zone);
  if (failed == 0) at->tv_sec += shift();
  return failed;
}
`;

function compileShim(): string | undefined {
  const path = join(root, 'clock.so');
  try {
    writeFileSync(join(root, 'clock.c'), SHIM);
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', path, join(root, 'clock.c'), '-ldl'], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
}

const shim = process.platform === 'linux' ? compileShim() : undefined;

describe('the wall clock set back by a day', () => {
  it.skipIf(shim === undefined)(
    'loses no report, hangs nothing, and the limit of a minute stays one (needs a C compiler)',
    async () => {
      const clock = join(root, 'clock');
      writeFileSync(clock, '0');
      const app = await startShop({
        LD_PRELOAD: shim ?? '',
        CLOCK_FILE: clock,
        GMR_MAX_REPORTS_PER_MINUTE: '3',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      });
      app.kill();
      const before = await app.untilStderr(/^gmr [0-9a-f]{32}: .*kept in .*, tried again in \d+ s/m);
      writeFileSync(clock, '-86400');
      app.kill();
      const after = await app.untilStderr(/^gmr [0-9a-f]{32}: .*kept in .*, tried again in \d+ s/m, 2);
      const [first = 0, second = 0] = [...after.matchAll(/^time = (.*)$/gm)].map(([, time]) => Date.parse(time ?? ''));
      expect(first - second).toBeGreaterThan(80_000_000);
      expect(before).toMatch(ENDED);
      app.kill();
      await app.untilStderr(ENDED, 3);
      app.kill();
      await app.untilStderr(/makes no report: 3 were made within a minute/);
      expect(app.child.exitCode).toBeNull();
    },
  );
});
