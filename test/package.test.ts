import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'packed-'));
const installed = join(project, 'node_modules', 'guru-meditation');

/** The files that npm would install: the packed ones, and beside them the dependencies that package.json names and no others. */
beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
  });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', [
    '-xzf',
    join(project, packed.trim().split('\n').at(-1) ?? ''),
    '--strip-components=1',
    '-C',
    installed,
  ]);
  // Their own dependencies are found from where they really are.
  symlinkSync(join(root, 'node_modules', '@opentelemetry'), join(project, 'node_modules', '@opentelemetry'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'shop', version: '2.0.0', type: 'module' }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the package, as packed, in an empty project', () => {
  it('runs the demo to its end', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(installed, 'dist', 'gmr.cjs'), 'demo'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/in applyVoucher\n {5}const .*\n {4}`while \(cents > voucher\.downToCents/);
    expect(stderr).toMatch(/^gmr [0-9a-f]{32}: \S+ took 8 log records/m);
    expect(stdout).toMatch(/the process goes on/);
    expect(status).toBe(0);
  });

  it('has a package.json in which npm corrects nothing when it is published', () => {
    const copy = mkdtempSync(join(tmpdir(), 'manifest-'));
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    writeFileSync(join(copy, 'package.json'), manifest);
    execFileSync('npm', ['pkg', 'fix'], { cwd: copy, stdio: 'pipe' });
    expect(JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'))).toEqual(JSON.parse(manifest));
    rmSync(copy, { recursive: true, force: true });
  });

  it('has its command by two names, its own among them', () => {
    const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    expect(Object.keys(bin).sort()).toEqual(['gmr', 'guru-meditation']);
    for (const file of Object.values(bin)) {
      expect(execFileSync(join(installed, file), ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
    }
  });

  it('is imported by its name, and exports what it says', () => {
    writeFileSync(
      join(project, 'names.mjs'),
      `console.log(Object.keys(await import('guru-meditation')).sort().join());`,
    );
    const stdout = execFileSync(process.execPath, ['--import', 'guru-meditation/register', 'names.mjs'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout).toBe('InFlightSpanProcessor,generateReport,registerConfiguration,registerSection,setupAutorun\n');
  });

  it('is required from CommonJS too', () => {
    writeFileSync(join(project, 'names.cjs'), `console.log(Object.keys(require('guru-meditation')).length);`);
    const stdout = execFileSync(process.execPath, ['names.cjs'], {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(stdout).toBe('5\n');
  });

  it('has no code in its agent that goes through the thread pool for files, names or compression', () => {
    const agent = readFileSync(join(installed, 'dist', 'agent.js'), 'utf8');
    const reporting = gunzipSync(readFileSync(join(installed, 'dist', 'reporting.js.gz'))).toString();
    expect(agent).toMatch(/require\("node:fs"\)/);
    expect(reporting).toMatch(/require\("node:zlib"\)/);
    for (const text of [agent, reporting]) {
      expect(text).not.toMatch(/["'](?:node:)?(?:fs|dns)\/promises["']/);
      expect(text).not.toMatch(/\bmkdir(?:Sync)?\([^)]*recursive/);
      // OpenTelemetry's transport has a createGzip, which is not asked for: export/agent.ts compresses by gzipSync.
      expect(text).not.toMatch(/\.(?:createDeflate|gzip|deflate|lookup)\(/);
    }
  });

  it('brings one copy of each OpenTelemetry package', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: { [path: string]: unknown };
    };
    const copies = Object.keys(lock.packages).filter((path) => path.includes('@opentelemetry/'));
    expect(copies.filter((path) => path.lastIndexOf('node_modules/') > 0)).toEqual([]);
  });
});
