import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openCounters } from '../counters.js';
import { createFrameReader } from '../frames/frames.js';
import { findBlockedSignals } from '../procfs/signals.js';
import { nameThread } from '../procfs/thread-name.js';
import type { StartData, ToAgent, ToMain } from '../protocol.js';
import { collectPackage, findScript } from '../sections/package.js';
import { expectStderr, say } from '../stderr.js';
import { createApplication } from './application.js';
import { readResourceAttributes } from './attributes.js';
import { nameService } from './collect.js';
import { createEars } from './ears.js';
import { createQuestions } from './questions.js';
import { createQueue } from './queue.js';
import { createReporter } from './reporter.js';
import { createSessions } from './sessions.js';
import { createTriggers } from './triggers.js';

/** The agent's composition root: hears, has reports made, answers main. */

/** Milliseconds that deliveries in flight have when the package is closed. */
const CLOSE_MS = 4000;
/** Milliseconds before what earlier processes left is looked for; twice that at most. */
const ADOPT_AFTER_MS = 2000;

const start = workerData as StartData;
expectStderr(start.stderr);
const port = parentPort;
if (!port) throw new Error('the agent runs in a worker thread');
const post = (message: ToMain) => port.postMessage(message);
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const script = findScript(start.argv, process.env);

let { settings, options } = start;
const place = {
  script,
  cwd: start.cwd,
  attributes: readResourceAttributes(process.env.OTEL_RESOURCE_ATTRIBUTES),
};
const counters = openCounters(start.counters);
const sessions = createSessions(counters);
const application = createApplication(start.resource);
const questions = createQuestions(post);
const reporter = createReporter(
  () => ({
    ...start,
    settings,
    options,
    place,
    packageVersion: manifest.version,
    questions,
    frames,
    application,
    reading: { counters, sessions, inspectorDenied: start.inspectorDenied },
  }),
  counters,
  post,
  (task) => queue.addTask(() => triggers.during(task)),
);
const frames = createFrameReader({ startMs: start.startedMs });
const queue = createQueue(
  (job) => triggers.during(() => reporter.make(job)),
  () => settings.maxReportsPerMinute,
  (trigger) =>
    say(
      `gmr: ${trigger} makes no report: ${settings.maxReportsPerMinute} were made within a minute (GMR_MAX_REPORTS_PER_MINUTE); it is counted`,
    ),
);
const ears = createEars(counters, settings.signals, (signal, heardBy) =>
  queue.addTrigger({ kind: 'signal', signal, heardBy }),
);
const triggers = createTriggers(() => queue, counters, start.cwd);
triggers.set(settings);
const showListening = (signals: readonly string[]) =>
  nameThread(signals, nameService(place, { ...collectPackage(options, place) }, application));
showListening(settings.signals);

// Node keeps SIGUSR1 from a process whose inspector is denied, or that is to start no debugger on it: it would wait for ever.
for (const signal of findBlockedSignals(settings.signals)) {
  const why = start.inspectorDenied ?? (start.execArgv.includes('--disable-sigusr1') ? '--disable-sigusr1' : 'SigBlk');
  say(`gmr: ${signal} makes no report: Node blocks it here (${why}); use another, see GMR_SIGNALS`);
}

port.on('message', (message: ToAgent) => {
  switch (message.type) {
    case 'signal':
      ears.heardByMain(message.signal, message.count);
      break;
    case 'generate':
      if (!queue.addRequest(message.request, message.caller, message.print))
        post({ type: 'failed', request: message.request, reason: 'too many reports are being made' });
      break;
    case 'answer':
      questions.answer(message.ask, message.json);
      break;
    case 'settled':
      questions.settle(message.report, message.item);
      break;
    case 'resource':
      application.hear(message.resource);
      showListening(settings.signals);
      break;
    case 'settings':
      ({ settings, options } = message);
      ears.set(settings.signals);
      showListening(settings.signals);
      triggers.set(settings);
      break;
    case 'crash':
      queue.addCrash(
        { kind: 'crash', origin: message.origin, error: message.error },
        () => counters.setCrashReport('printed'),
        () => counters.setCrashReport('ended'),
      );
      break;
    case 'exiting':
      sessions.letGo(counters.exiting() === 'last' ? 'all' : 'late');
      break;
    case 'close':
      ears.set([]);
      showListening([]);
      triggers.set({ ...settings, fileTrigger: null, stallMs: 0 });
      sessions.letGo('late');
      void queue
        .drained()
        .then(() => reporter.close(CLOSE_MS))
        .finally(() => post({ type: 'closed' }));
      break;
  }
});
post({ type: 'ready' });
reporter.prepare();
// Not all processes of a service that starts at once, and none before the program itself has started.
if (settings.signals.length > 0) setTimeout(() => void reporter.adopt(), ADOPT_AFTER_MS * (1 + Math.random())).unref();
