import { INDEX, type Program, startText } from './start.js';

/** A program that can be told by lines on its stdin: `agent EXPRESSION` evaluates that in its agent thread. */
export async function startPatient(env: Record<string, string> = {}, more = ''): Promise<Program> {
  const app = startText(
    `import { Session } from 'node:inspector';
     import { createInterface } from 'node:readline';
     import { generateReport, registerSection, setupAutorun } from ${JSON.stringify(INDEX)};
     setInterval(() => {}, 1000);
     function evaluateInAgent(expression) {
       const session = new Session();
       session.connect();
       session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
         if (!workerInfo.title.includes('guru-meditation')) return;
         const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
         session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
       });
       // Gone before the thread ends: Node falls over a session with a worker that ends by an error, now and then.
       session.on('NodeWorker.receivedMessageFromWorker', () => setTimeout(() => session.disconnect(), 50));
       session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
     }
     createInterface({ input: process.stdin }).on('line', (line) => {
       const [word, ...rest] = line.split(' ');
       if (word === 'agent') evaluateInAgent(rest.join(' '));
       if (word === 'alive') console.log('alive');
     });
     ${more}
     await setupAutorun().ready; console.log('up');`,
    { env: { GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env } },
  );
  await app.untilStdout(/up/);
  return app;
}

/** In a turn of its own: an evaluation's own error ends nothing. */
export const inTurn = (text: string) => `agent setTimeout(() => { ${text} }, 600); 0\n`;

/** Signals until a report comes: an agent that starts again is deaf for a moment, and then answers what main has heard. */
export async function untilReport(app: Program, pattern: RegExp, times: number): Promise<string> {
  app.kill('SIGUSR2');
  return app.untilStderr(pattern, times);
}
