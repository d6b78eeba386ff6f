import { INDEX, type Program, startText } from './start.js';

/**
 * A program that takes lines on its stdin: `agent CODE` is run in its agent thread, `main CODE` in its main thread, and
 * `alive` is answered with `alive`.
 *
 * The agent's own text is started with an ear for such code before it: Node falls over an inspector session with a worker
 * that ends by an error, now and then. `more` is run in main before it is armed, `first` in the agent before its own text.
 */
export async function startPatient(env: Record<string, string> = {}, more = '', first = ''): Promise<Program> {
  const app = startText(
    `import { createRequire, syncBuiltinESMExports } from 'node:module';
     import { createInterface } from 'node:readline';
     const threads = createRequire(import.meta.url)('node:worker_threads');
     const EAR = \`'use strict';{
       const ear = new (require('node:worker_threads').BroadcastChannel)('patient');
       ear.onmessage = ({ data }) => (0, eval)(data);
       ear.unref();
       ${first}
     }\`;
     threads.Worker = class extends threads.Worker {
       constructor(text, options) {
         super(options.name === 'guru-meditation' ? EAR + text : text, options);
       }
     };
     syncBuiltinESMExports();
     const { generateReport, registerSection, setupAutorun } = await import(${JSON.stringify(INDEX)});
     const toAgent = new threads.BroadcastChannel('patient');
     toAgent.unref();
     setInterval(() => {}, 1000);
     createInterface({ input: process.stdin }).on('line', (line) => {
       const [word, ...rest] = line.split(' ');
       if (word === 'agent') toAgent.postMessage(rest.join(' '));
       if (word === 'main') (0, eval)(rest.join(' '));
       if (word === 'alive') console.log('alive');
     });
     ${more}
     await setupAutorun().ready; console.log('up');`,
    { armed: false, env: { GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env } },
  );
  await app.untilStdout(/up/);
  return app;
}

/** Code for the agent, run in a turn of its own. */
export const inTurn = (text: string) => `agent ${text}\n`;

/** Signals until a report comes: an agent that starts again is deaf for a moment, and then answers what main has heard. */
export async function untilReport(app: Program, pattern: RegExp, times: number): Promise<string> {
  app.kill('SIGUSR2');
  return app.untilStderr(pattern, times);
}
