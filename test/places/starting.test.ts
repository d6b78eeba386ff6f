import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  INDEX,
  killAll,
  MANY_REPORTS,
  makeStateDirectory,
  type Program,
  REGISTER,
  startNode,
  WHEN_READY,
  WHOLE,
  writeProgram,
} from '../process/start.js';

afterEach(killAll);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const REGISTER_FILE = fileURLToPath(REGISTER);
const STAY = 'setInterval(() => {}, 60_000);';

/** Of the process whose pid the program has printed behind `name`. */
async function reportOf(app: Program, name: string, signal: NodeJS.Signals = 'SIGUSR2'): Promise<string> {
  const said = await app.untilStdout(new RegExp(`^${name} \\d+$`, 'm'));
  const pid = Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(said)?.[1]);
  process.kill(pid, signal);
  const whole = new RegExp(`^process = ${pid}\\b[\\s\\S]*?^resource usage`, 'm');
  return whole.exec(await app.untilStderr(whole))?.[0] ?? '';
}

describe('processes of one program', () => {
  const CLUSTER = `import cluster from 'node:cluster';
    if (cluster.isPrimary) {
      cluster.fork();
      process.on('SIGHUP', () => { for (const worker of Object.values(cluster.workers)) worker.disconnect(); cluster.on('exit', (_, code) => process.exit(code === 0 ? 7 : 1)); });
      console.log('primary ' + process.pid);
    } else { console.log('worker ' + process.pid); }
    ${STAY.replace('setInterval', 'cluster.isPrimary && setInterval')}`;

  it.each(['--import', 'NODE_OPTIONS'])(
    'cluster: primary and worker report, each for itself, and end as they would have (%s)',
    async (how) => {
      const file = writeProgram(CLUSTER);
      const app =
        how === '--import'
          ? startNode(['--import', REGISTER, file])
          : startNode([file], { env: { NODE_OPTIONS: `--import ${REGISTER}` } });
      await reportOf(app, 'worker');
      const report = await reportOf(app, 'primary');
      const worker = /^worker (\d+)$/m.exec(app.stdout())?.[1];
      expect(report).toMatch(new RegExp(`^ {4}Process ${worker} \\(under ${app.pid}\\)`, 'm'));
      app.kill('SIGHUP');
      expect(await app.ended).toEqual({ code: 7, signal: null });
    },
  );

  it('child_process.fork: parent and child report, and the channel between them is theirs', async () => {
    const child = writeProgram(
      `process.on('message', (text) => process.send(text + ' back')); process.on('disconnect', () => console.log('disconnected')); console.log('child ' + process.pid);`,
    );
    const app = startNode([
      '--import',
      REGISTER,
      writeProgram(`import { fork } from 'node:child_process';
        const child = fork(${JSON.stringify(child)});
        child.on('message', (text) => { console.log(text); child.disconnect(); });
        child.on('exit', (code, signal) => process.exit(code === 0 ? 7 : 1));
        process.on('SIGHUP', () => child.send('there and'));
        console.log('parent ' + process.pid); ${STAY}`),
    ]);
    await reportOf(app, 'child');
    await reportOf(app, 'parent');
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
    expect(app.stdout()).toMatch(/^there and back$/m);
    expect(app.stdout()).toMatch(/^disconnected$/m);
  });
});

describe('PM2', () => {
  const project = makeStateDirectory();
  mkdirSync(join(project, 'pm2'));
  mkdirSync(join(project, 'shop'));
  writeFileSync(join(project, 'pm2', 'package.json'), '{"name":"pm2","version":"6.0.0"}');
  writeFileSync(join(project, 'shop', 'package.json'), '{"name":"shop","version":"2.1.0"}');
  const script = join(project, 'shop', 'server.js');
  writeFileSync(script, `process.title = 'PM2 shop'; console.log('shop ' + process.pid, ); ${STAY}`);
  // As PM2's own files of these names, without its metrics and log files.
  writeFileSync(
    join(project, 'pm2', 'ProcessContainerFork.js'),
    `process.argv[1] = process.env.pm_exec_path; require('module')._load(process.env.pm_exec_path, null, true);`,
  );
  writeFileSync(
    join(project, 'pm2', 'ProcessContainer.js'),
    `const handed = JSON.parse(process.env.pm2_env);
     Object.assign(process.env, handed);
     delete process.env.pm2_env;
     process.stderr.write = () => true;
     process.chdir(handed.pm_cwd);
     require('module')._load(handed.pm_exec_path, null, true);`,
  );
  const handed = {
    pm_exec_path: script,
    pm_cwd: join(project, 'shop'),
    versioning: null,
    OTEL_SERVICE_NAME: 'shop-eu',
    GMR_FORMAT: 'json',
  };
  writeFileSync(
    join(project, 'pm2', 'Daemon.js'),
    `const cluster = require('node:cluster');
     cluster.setupPrimary({ windowsHide: true, exec: ${JSON.stringify(join(project, 'pm2', 'ProcessContainer.js'))}, execArgv: ['--import', ${JSON.stringify(REGISTER)}] });
     cluster.fork({ pm2_env: ${JSON.stringify(JSON.stringify(handed))}, windowsHide: true }); ${STAY}`,
  );

  it('in fork mode: the report is of the program, not of PM2', async () => {
    const app = startNode(['--import', REGISTER, join(project, 'pm2', 'ProcessContainerFork.js')], {
      env: { pm_exec_path: script },
    });
    const report = await reportOf(app, 'shop');
    expect(report).toMatch(/^product = shop\nversion = 2\.1\.0$/m);
    expect(app.stderr()).toMatch(/^service = shop$/m);
    expect(report).toMatch(/^process = \d+ \(PM2 shop\)$/m);
  });

  it('in cluster mode: the same, with the settings that PM2 hands over, on the stderr of the daemon', async () => {
    const app = startNode([join(project, 'pm2', 'Daemon.js')]);
    const said = await app.untilStdout(/^shop \d+$/m);
    process.kill(Number(/^shop (\d+)$/m.exec(said)?.[1]), 'SIGUSR2');
    const lines = await app.untilStderr(/"gmr.section.name":"runtime".*\n/);
    expect(lines).toMatch(/"service":"shop-eu"/);
    expect(lines).toMatch(/"product":"shop"/);
    expect(lines).toMatch(/"version":"2\.1\.0"/);
  });
});

describe('ways to start Node', () => {
  it.each([
    [
      '--require of the register file',
      ['--require', REGISTER_FILE, writeProgram(`console.log('app ' + process.pid); ${STAY}`, 'cjs')],
    ],
    [
      'CommonJS that requires the package',
      [
        writeProgram(
          `require(${JSON.stringify(fileURLToPath(INDEX))}).setupAutorun(); console.log('app ' + process.pid); ${STAY}`,
          'cjs',
        ),
      ],
    ],
    ['node -e', ['--import', REGISTER, '-e', `console.log('app ' + process.pid); ${STAY}`]],
    ['node -p', ['--import', REGISTER, '-p', `${STAY} console.log('app ' + process.pid)`]],
    [
      'node --input-type=module -e',
      ['--import', REGISTER, '--input-type=module', '-e', `console.log('app ' + process.pid); ${STAY}`],
    ],
  ] as const)('%s', async (_, args) => {
    const app = startNode(args);
    const report = await reportOf(app, 'app');
    expect(report).toMatch(/^trigger = signal SIGUSR2$/m);
    expect(app.stderr()).not.toMatch(/^gmr: /m);
  });

  it('a script on stdin', async () => {
    const app = startNode(['--import', REGISTER, '-']);
    app.child.stdin?.end(`console.log('app ' + process.pid); ${STAY}`);
    await reportOf(app, 'app');
  });

  it('a REPL goes on after a report', async () => {
    const app = startNode(['--import', REGISTER, '-i']);
    app.child.stdin?.write(`console.log('app ' + process.pid)\n`);
    const said = await app.untilStdout(/app \d+$/m);
    process.kill(Number(/app (\d+)$/m.exec(said)?.[1]), 'SIGUSR2');
    await app.untilStderr(WHOLE);
    app.child.stdin?.end(`console.log('sum', 3 + 4)\n.exit\n`);
    await app.untilStdout(/sum 7/);
    expect(await app.ended).toEqual({ code: 0, signal: null });
  });

  it('node --watch: the program reports, and is started again with its file', async () => {
    const file = writeProgram(`console.log('first ' + process.pid); ${STAY}`);
    const app = startNode(['--watch', '--import', REGISTER, file]);
    await reportOf(app, 'first');
    writeFileSync(file, readFileSync(file, 'utf8').replace('first', 'second'));
    await reportOf(app, 'second');
    app.kill('SIGTERM');
    await app.ended;
  });

  it('node --test: a test that is stuck is reported, in its own process', async () => {
    const file = writeProgram(
      `import { test } from 'node:test'; import { writeFileSync } from 'node:fs';
      test('is stuck', async function waitForOrder() { writeFileSync(process.env.PID_FILE, String(process.pid)); await new Promise((resolve) => setTimeout(resolve, 60_000)); });`,
      'test.mjs',
    );
    const pidFile = join(makeStateDirectory(), 'pid');
    const logs = makeStateDirectory();
    const app = startNode(['--import', REGISTER, '--test', file], { env: { PID_FILE: pidFile, GMR_LOG_DIR: logs } });
    const read = () => {
      try {
        return Number(readFileSync(pidFile, 'utf8'));
      } catch {
        return 0;
      }
    };
    await expect.poll(read, { timeout: 90_000 }).toBeGreaterThan(0);
    process.kill(read(), 'SIGUSR2');
    await app.untilStdout(/written to|$/);
    const { readdirSync } = await import('node:fs');
    // A file that is being written is hidden.
    const written = () => readdirSync(logs).filter((name) => !name.startsWith('.'));
    await expect.poll(() => written().length, { timeout: 90_000 }).toBe(1);
    expect(readFileSync(join(logs, written()[0] ?? ''), 'utf8')).toMatch(WHOLE);
    app.kill('SIGTERM');
    await app.ended;
  });

  it.skipIf(major < 22 || (major === 22 && minor < 18))(
    'TypeScript, as Node runs it by itself: its own lines',
    async () => {
      const app = startNode(
        [
          '--import',
          REGISTER,
          writeProgram(
            `interface Order {\n  cents: number;\n}\n\nfunction chargeCard(order: Order): number {\n  const end: number = Date.now() + 30_000;\n  while (Date.now() < end) order.cents += 1;\n  return order.cents;\n}\n${WHEN_READY}\nconsole.log('up');\nchargeCard({ cents: 5 } satisfies Order);\n`,
            'ts',
          ),
        ],
        { env: MANY_REPORTS },
      );
      await app.untilStdout(/up/);
      const again = setInterval(() => app.kill('SIGUSR2'), 700);
      const report = await app
        .untilStderr(/\.ts:7:\d+ in .*chargeCard.*\n(?: {5}.*\n)?.*/)
        .finally(() => clearInterval(again));
      expect(report).toMatch(
        /\.ts:7:\d+ in .*chargeCard.*\n(?: {5}.*\n)? {4}`while \(Date\.now\(\) < end\) order\.cents \+= 1;`/,
      );
    },
  );

  it.skipIf(!process.allowedNodeEnvironmentFlags.has('--disable-sigusr1'))(
    '--disable-sigusr1: Node blocks that signal, which is said; SIGUSR2 makes a report',
    async () => {
      const text = `console.log('app ' + process.pid); ${STAY}`;
      const app = startNode(['--disable-sigusr1', '--import', REGISTER, writeProgram(text)]);
      await app.untilStderr(
        /^gmr: SIGUSR1 makes no report: Node blocks it here \(--disable-sigusr1\); use another, see GMR_SIGNALS$/m,
      );
      await reportOf(app, 'app');
    },
  );
});
