import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, MANY_REPORTS, REGISTER, startNode, WHOLE } from './start.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}docs/reading.md`, 'utf8');
const troubles = [...text.matchAll(/^## (.*)\n\n```js\n\/\/ (\S+)\n([\s\S]*?)```\n```\n([\s\S]*?)```$/gm)].map(
  ([, title = '', file = '', code = '', lines = '']) => ({ title, file, code, lines: lines.trimEnd().split('\n') }),
);
const project = mkdtempSync(join(tmpdir(), 'reading-'));
mkdirSync(join(project, 'node_modules'));
symlinkSync(root, join(project, 'node_modules', 'guru-meditation'));

/** The child of one of the programs outlives it. */
const children: number[] = [];
afterEach(() => {
  killAll();
  for (const pid of children.splice(0)) process.kill(pid);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('docs/reading.md', () => {
  it('has eight troubles', () => {
    expect(troubles).toHaveLength(8);
  });

  it.each(troubles)('shows the report of $title', async ({ file, code, lines }) => {
    // The first line of the file is its name, in the doc: lines are counted with it.
    writeFileSync(join(project, file), `// ${file}\n${code}`);
    const app = startNode(['--import', REGISTER, file], {
      cwd: project,
      env: { ...MANY_REPORTS, GMR_SPOOL_DIR: 'none' },
    });
    await app.untilStdout(/^\d+$/m);
    // Its trouble begins with the next line; one that is not there yet when the first report is made is there in a later one.
    const endMs = performance.now() + 90_000;
    for (let reports = 1; ; reports += 1) {
      app.kill('SIGUSR2');
      await app.untilStderr(WHOLE, reports);
      await app.untilStderr(/^gmr \w{32}: not sent/m, reports);
      const said = app.stderr();
      children.splice(
        0,
        1,
        ...[...said.matchAll(/^waits for = sleep 60 \(pid (\d+)\)/gm)].slice(-1).map(([, pid]) => Number(pid)),
      );
      const report = general(said.slice(said.lastIndexOf('Guru Meditation')));
      const missing = lines
        .map(general)
        .filter((line) => !report.split('\n').some((one) => one.startsWith(line.trimEnd())));
      if (missing.length === 0) break;
      expect(performance.now(), missing.join('\n')).toBeLessThan(endMs);
    }
  });
});

/** Without what differs from one run and one line of Node to another. */
function general(report: string): string {
  return report
    .replace(/^main = (?:in native code|running JavaScript)/gm, 'main = held')
    .replace(/ for [\d.]+ (?:ms|s)\b|: sleep 60 .*$/gm, '')
    .replace(/pid \d+/g, 'pid PID')
    .replace(/^count = \d+$/gm, 'count = N')
    .replace(/^heap = used .*$/gm, 'heap = used')
    .replace(/(readTemplate upload\.mjs:\d+) .*$/gm, '$1')
    .replace(/readFileUtf8|\bopen\b(?= \(system call)/g, 'READ');
}
