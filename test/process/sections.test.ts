import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, startText } from './start.js';

afterEach(killAll);

/** A report of a program that registers `text`, and ends with a section that shows that the others did no harm. */
async function reportWith(text: string, env: Record<string, string> = {}): Promise<string> {
  const app = startText(
    `import { registerConfiguration, registerSection } from ${JSON.stringify(INDEX)};
     ${text}
     registerSection('Unharmed', () => ({ well: true }));
     setInterval(() => {}, 60_000); console.log('up');`,
    { env },
  );
  await app.untilStdout(/up/);
  app.kill();
  const report = await app.untilStderr(/^well = true$/m);
  expect(app.child.exitCode).toBeNull();
  expect(report).not.toMatch(/^gmr: /m);
  return report;
}

const sectionOf = (report: string, title: string): string => {
  const from = report.indexOf(
    report.split('\n').find((line) => new RegExp(`^====\\s+${title}\\s+====$`).test(line)) ?? '?',
  );
  const rest = report.slice(from).split('\n').slice(2);
  const end = rest.findIndex((line) => /^={72}$/.test(line));
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
};

describe('a registered section', () => {
  it('is text as it is, a value as key = value, or both', async () => {
    const report = await reportWith(`
      registerSection('Words', () => 'as it is\\n  indented');
      registerSection('Queue', () => ({ depth: 3, jobs: [{ id: 1 }, { id: 2 }], nested: { a: { b: null } } }));
      registerSection('Both', () => ({ text: 'shown', data: { sent: 1 } }));`);
    expect(sectionOf(report, 'Words')).toBe('as it is\n  indented');
    expect(sectionOf(report, 'Queue')).toBe('depth = 3\njobs: \n  - id = 1\n  - id = 2\nnested: \n  a: \n    b = null');
    expect(sectionOf(report, 'Both')).toBe('shown');
  });

  it('that cannot be run, since the main thread is in native code, has a line that says so', async () => {
    const app = startText(
      `import { execSync } from 'node:child_process';
       import { registerConfiguration, registerSection, setupAutorun } from ${JSON.stringify(INDEX)};
       registerSection('Queue', () => ({ depth: 3 }));
       registerConfiguration('redis', () => ({ port: 6379 }));
       await setupAutorun().ready;
       process.stdout.write('up\\n'); execSync('sleep 5');`,
      { env: { GMR_DEADLINE_MS: '100', GMR_MAX_REPORTS_PER_MINUTE: '100' } },
    );
    await app.untilStdout(/up/);
    for (let kills = 1; !/^main = (in native code|waits for its child)/m.test(app.stderr()); kills += 1) {
      app.kill();
      await app.untilStderr(/^====\s+In Flight\s+====$/m, kills);
    }
    const report = await app.untilStderr(/^\[timed out: .*were not run.*\]$/m);
    expect(report).toMatch(
      /^====\s+Registered sections\s+====$\n=+\n\[timed out: 2 that are registered were not run: the main thread did not answer in 100 ms/m,
    );
  });

  it('may be asynchronous; for one that never settles a line says so', async () => {
    const report = await reportWith(
      `registerSection('Later', async () => { await new Promise((resolve) => setTimeout(resolve, 20)); return { late: 1 }; });
       registerSection('Never', () => new Promise(() => {}));
       registerSection('Rejects', async () => { throw new Error('no database'); });`,
      { GMR_SECTION_DEADLINE_MS: '3000' },
    );
    expect(sectionOf(report, 'Later')).toBe('late = 1');
    expect(sectionOf(report, 'Never')).toMatch(/^\[timed out: its promise had not settled after 3000 ms\]$/);
    expect(sectionOf(report, 'Rejects')).toMatch(/^\[failed: Error: no database\]$/);
  });

  it('that throws, also a value that is no error, contains it', async () => {
    const report = await reportWith(`
      registerSection('Throws', () => { throw new RangeError('too far'); });
      registerSection('Odd', () => { throw { toString() { throw 1; } }; });`);
    expect(sectionOf(report, 'Throws')).toBe('[failed: RangeError: too far]');
    expect(sectionOf(report, 'Odd')).toBe('[failed: something that cannot be shown]');
  });

  it('that does not return is stopped, and those before it and behind it are there', async () => {
    const report = await reportWith(`
      registerSection('Before', () => 'one');
      registerSection('Endless', () => { for (;;); });
      registerSection('Endless too', () => { for (;;); });
      registerSection('Behind', () => 'two');`);
    expect(sectionOf(report, 'Before')).toBe('one');
    expect(sectionOf(report, 'Endless')).toMatch(/^\[timed out: stopped: it had not returned after \d+ ms/);
    expect(sectionOf(report, 'Endless too')).toMatch(/^\[timed out: stopped: it had not returned after \d+ ms/);
    expect(sectionOf(report, 'Behind')).toBe('two');
    expect([...report.matchAll(/^====\s+(?:Before|Endless|Endless too|Behind)\s+====$/gm)]).toHaveLength(4);
  });

  it('shows values that JSON cannot: cycles, BigInts, Maps, Sets, Dates, Buffers, hostile objects', async () => {
    const report = await reportWith(`
      const cycle = { name: 'a' }; cycle.self = cycle;
      registerSection('Odd', () => ({
        cycle, big: 12345678901234567890n, map: new Map([['k', 1]]), set: new Set([1, 2]), date: new Date(0),
        bytes: Buffer.from('hello'), nan: NaN, nothing: undefined, fn: function go() {}, symbol: Symbol('s'),
        proxy: new Proxy({}, { ownKeys() { throw new Error('trap'); }, get() { throw new Error('trap'); } }),
        get bad() { throw new Error('getter'); }, error: new TypeError('inside'),
      }));`);
    const section = sectionOf(report, 'Odd');
    expect(section).toMatch(/self = \[circular: \$\.cycle\]/);
    expect(section).toMatch(/^big = 12345678901234567890$/m);
    expect(section).toMatch(/^map: \n {2}k = 1$/m);
    expect(section).toMatch(/^set = 1, 2$/m);
    expect(section).toMatch(/^date = 1970-01-01T00:00:00.000Z$/m);
    expect(section).toMatch(/^bytes = \[5 bytes: 68656c6c6f\]$/m);
    expect(section).toMatch(/^proxy = \[threw: Error: trap\]$/m);
    expect(section).toMatch(/^bad = \[threw: Error: getter\]$/m);
    expect(section).toMatch(/message = inside/);
  });

  it('of 100 MB of text is cut with a word that says so', async () => {
    const report = await reportWith(`registerSection('Huge', () => 'x'.repeat(100_000_000));`, {
      GMR_DEADLINE_MS: '10000',
      GMR_SECTION_DEADLINE_MS: '10000',
    });
    expect(sectionOf(report, 'Huge')).toMatch(/x… \[\d+ of 100000000 characters cut\]$/);
    expect(report.length).toBeLessThan(10_000_000);
  });

  it('cannot forge another section', async () => {
    const report = await reportWith(`
      registerSection('Forger', () => ({ value: 'a\\n' + '='.repeat(72) + '\\nproduct = forged\\u001b[2J' }));
      registerSection('Writer', () => '='.repeat(72) + '\\n====  Package  ====\\n\\u001b[31m');`);
    expect(report).not.toMatch(/^product = forged/m);
    expect(report).not.toContain('\u001b');
    expect([...report.matchAll(/^====\s+Package\s+====$/gm)]).toHaveLength(1);
  });

  it('with the title of another replaces it, and can be taken away', async () => {
    const report = await reportWith(`
      registerSection('Same', () => 'first');
      registerSection('Same', () => 'second');
      registerSection('Gone', () => 'never')();`);
    expect(sectionOf(report, 'Same')).toBe('second');
    expect(report).not.toMatch(/====\s+Gone/);
  });

  it('of a program that has replaced prepareStackTrace and the stack limit works, and leaves them alone', async () => {
    const report = await reportWith(`
      Error.stackTraceLimit = 1;
      Error.prepareStackTrace = () => 'mine';
      registerSection('Stacks', () => ({ limit: Error.stackTraceLimit, own: new Error('x').stack }));`);
    expect(sectionOf(report, 'Stacks')).toBe('limit = 1\nown = mine');
  });
});

describe('a registered group of the configuration', () => {
  it('is printed as oslo does, what it declares secret masked, and what its names give away', async () => {
    const report = await reportWith(`
      registerConfiguration('cheese', () => ({ from_cow: true, seasoning: 'brine-of-7-herbs', nested: { api_key: 'k-123456' } }), { secret: ['seasoning'] });
      registerConfiguration('broken', () => { throw new Error('no file'); });`);
    expect(report).toMatch(
      /^cheese: \n {2}from_cow = true\n {2}seasoning = \*\*\*\n {2}nested: \n {4}api_key = \*\*\*$/m,
    );
    expect(report).toMatch(/^broken = \[Error: no file\]$/m);
    expect(report).not.toContain('brine-of-7-herbs');
  });

  it('is refused if the secret keys are no list, before anything of it can be shown', async () => {
    const report = await reportWith(`
      try {
        registerConfiguration('cheese', () => ({ seasoning: 'brine-of-7-herbs' }), { secret: 'seasoning' });
      } catch (error) {
        registerSection('Refused', () => String(error));
      }`);
    expect(sectionOf(report, 'Refused')).toBe('TypeError: secret: expected a list of keys, got string');
    expect(report).not.toContain('brine-of-7-herbs');
  });

  it('keeps the secrets of the environment, the command line and addresses out', async () => {
    const report = await reportWith('', {
      DATABASE_URL: 'postgres://app:hunter2hunter2@db/prod',
      STRIPE_API_KEY: 'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
      TOKENIZER_PATH: '/models/tokenizer.json',
    });
    expect(report).toMatch(/^ {2}DATABASE_URL = postgres:\/\/app:\*\*\*@db\/prod$/m);
    expect(report).toMatch(/^ {2}STRIPE_API_KEY = \*\*\*$/m);
    expect(report).toMatch(/^ {2}TOKENIZER_PATH = \/models\/tokenizer.json$/m);
    expect(report).not.toMatch(/hunter2|4eC39HqL/);
  });
});
