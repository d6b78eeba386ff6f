import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestion, takeQuestions } from '../dump/answering.js';
import { Reserve } from '../export/reserve.js';
import { readResourceAttributes } from '../otel-environment.js';
import { findUndeliveredSignals } from '../procfs/signal-masks.js';
import { ownThreadId } from '../procfs/thread.js';
import { nameThread } from '../procfs/thread-name.js';
import type { StartData, ToAgent, ToMain } from '../protocol.js';
import { collectPackage, findScript } from '../sections/package.js';
import { openSharedState } from '../shared-state.js';
import { expectStderr, say, sayAsJson } from '../stderr.js';
import { findPendingSignals } from '../triggers/pending.js';
import { watchUndelivered } from '../triggers/undelivered.js';
import { VERSION } from '../version.js';
import { hasSpooled } from './adoption.js';
import { createApplication } from './application.js';
import { AskedHeaders } from './asked-headers.js';
import { createAutomaticTriggers } from './automatic-triggers.js';
import { tellBlockedSignals } from './blocked-signals.js';
import { loadParser, loadReporting } from './load-reporting.js';
import { createQuestions } from './questions.js';
import { tellReplaced } from './replaced.js';
import { ReportQueue } from './report-queue.js';
import type { Reporter } from './reporter.js';
import { nameService } from './service.js';
import { createSessions } from './sessions.js';
import { createSignalIntake } from './signal-intake.js';

/* The program of the agent's thread: it hears triggers, starts reports and answers main. */

/** Milliseconds that deliveries in flight have when the package is closed. */
const CLOSE_MS = 4000;
/** Milliseconds before the agent looks for reports that earlier processes have left; twice that at most. */
const ADOPT_AFTER_MS = 2000;

const start = workerData as StartData;
expectStderr(start.stderr);
const port = parentPort;
if (!port) throw new Error('the agent runs in a worker thread');
const post = (message: ToMain) => port.postMessage(message);
const script = findScript(start.argv, start.execArgv, process.env);

let { settings, options, otlp, tellsReports } = start;
sayAsJson(settings.format === 'json');
const place = {
  script,
  cwd: start.cwd,
  attributes: readResourceAttributes(process.env).attributes,
};
const shared = openSharedState(start.shared);
shared.setAgentThread(ownThreadId() ?? 0);
const sessions = createSessions(shared);
const application = createApplication(start.resource);
const questions = createQuestions(post);
const headers = new AskedHeaders(start.headers, () => post({ type: 'headers' }));
/** Opened at the start: the process may run out of descriptors later. */
const reserve = new Reserve();
let reporter: Reporter | undefined;
/** Compiled when it is first needed: until then it takes no memory. */
const openReporter = (): Reporter => {
  reporter ??= loadReporting(start.reporting)({
    stderr: start.stderr,
    ownFile: start.ownFile,
    readSources: () => ({
      ...start,
      settings,
      options,
      otlp,
      headers,
      tellsReports,
      place,
      packageVersion: VERSION,
      questions,
      application,
      reading: { shared, sessions, inspectorDenied: start.inspectorDenied },
    }),
    loadParser: () => loadParser(start.configParser),
    shared,
    reserve,
    post,
    enqueue: (task) => queue.addTask(task),
    isWaitedFor: () => queue.isWaitedFor(),
  });
  return reporter;
};
const queue = new ReportQueue({
  make: (job) => openReporter().make(job),
  maxPerMinute: () => settings.maxReportsPerMinute,
  onLimit: (trigger, isFirst) => {
    const reason = `${settings.maxReportsPerMinute} were made within a minute (GMR_MAX_REPORTS_PER_MINUTE)`;
    if (isFirst) say(`gmr: ${trigger} makes no report: ${reason}; it is counted`);
    for (const asked of takeQuestions()) answerQuestion(asked, { kind: 'refused', reason });
  },
});
const intake = createSignalIntake(shared, settings.signals, (signal, heardBy) =>
  queue.addTrigger({ kind: 'signal', signal, heardBy }),
);
const triggers = createAutomaticTriggers(() => queue, shared, start.cwd);
triggers.set(settings);
const showListening = (signals: readonly string[]) =>
  nameThread(signals, nameService(place, { ...collectPackage(options, place) }, application));
showListening(settings.signals);

if (start.replaced) say(tellReplaced(start.replaced));
tellBlockedSignals(() => settings.signals, start);

watchUndelivered(
  () => findUndeliveredSignals(settings.signals),
  (signal) => intake.heardUndelivered(signal),
);
// Signals that came before this thread listened, while main was busy from its first line on.
for (const signal of findPendingSignals(settings.signals)) intake.heardBefore(signal);

port.on('message', (message: ToAgent) => {
  switch (message.type) {
    case 'signal':
      intake.heardByMain(message.signal, message.count);
      break;
    case 'generate':
      if (!queue.addRequest(message))
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
      ({ settings, options, otlp } = message);
      sayAsJson(settings.format === 'json');
      intake.set(settings.signals);
      showListening(settings.signals);
      triggers.set(settings);
      break;
    case 'tellReports':
      tellsReports = message.wanted;
      break;
    case 'headers':
      headers.hear(message.headers);
      break;
    case 'crash':
      queue.addCrash(
        { kind: 'crash', origin: message.origin, error: message.error },
        () => shared.setCrashReport('printed'),
        () => shared.setCrashReport('ended'),
      );
      break;
    case 'exiting':
      sessions.letGo(shared.exiting() === 'last' ? 'all' : 'late');
      break;
    case 'close':
      intake.set([]);
      showListening([]);
      triggers.set({ ...settings, fileTrigger: null, stallMs: 0 });
      sessions.letGo('late');
      void queue
        .drained()
        .then(() => reporter?.close(CLOSE_MS))
        .finally(() => post({ type: 'closed' }));
      break;
  }
});
post({ type: 'ready' });
// The processes of a service may all start at once, so they look at different times, and after the program has started.
if (settings.signals.length > 0) {
  const adopt = () => {
    if (reporter || hasSpooled(settings.spoolDir, start.cwd)) void openReporter().adopt();
  };
  setTimeout(adopt, ADOPT_AFTER_MS * (1 + Math.random())).unref();
}
