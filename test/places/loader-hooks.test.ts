import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { killAll, startText, writeProgram } from '../process/start.js';

afterEach(killAll);

const HOOKS = `let port;
export async function initialize(data) { port = data.port; }
export async function resolve(specifier, context, next) {
  await new Promise((answered) => { port.once('message', answered); port.postMessage(specifier); });
  return next(specifier, context);
}`;

// Before Node 24 main's event loop turns while the hooks run.
it.runIf(Number(process.versions.node.split('.')[0]) >= 24)(
  'hooks that ask main for an answer while it waits for theirs: it waits in Atomics.wait, and their thread says what it is',
  async () => {
    const hooks = pathToFileURL(writeProgram(HOOKS)).href;
    const target = pathToFileURL(writeProgram('export default 1;')).href;
    const app = startText(
      `import { writeSync } from 'node:fs';
       import { register } from 'node:module';
       import { MessageChannel } from 'node:worker_threads';
       const { port1, port2 } = new MessageChannel();
       port1.on('message', (asked) => port1.postMessage(asked));
       register(${JSON.stringify(hooks)}, { data: { port: port2 }, transferList: [port2] });
       writeSync(1, 'up\\n');
       await import(${JSON.stringify(target)});`,
      { env: { GMR_MAX_REPORTS_PER_MINUTE: '1000' } },
    );
    await app.untilStdout(/up/);
    // It may be on its way to its sleep.
    let report = '';
    const isThere = () => /^main = waiting/m.test(report) && /^name = loader hooks .*\nstate = idle$/m.test(report);
    for (let n = 1; n <= 50 && !isThere(); n += 1) {
      app.kill();
      const all = await app.untilStderr(/^====\s+Runtime\s+====$/m, n);
      report = all.slice(all.lastIndexOf('Guru Meditation'));
    }
    expect(report).toMatch(/^main = waiting in Atomics\.wait( for .*)?$/m);
    expect(report).toMatch(/^name = loader hooks \(Node runs module customization hooks in it\)\nstate = idle$/m);
  },
);
