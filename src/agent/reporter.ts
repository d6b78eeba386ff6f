import type { Counters } from '../counters.js';
import type { Delivery } from '../export/delivery.js';
import type { Draft } from '../export/draft.js';
import { readContainerId } from '../procfs/container.js';
import type { GeneratedReport, ToMain } from '../protocol.js';
import { createRedactor, type Redactor } from '../redact.js';
import type { Report } from '../report.js';
import { collectLate } from '../sections/late.js';
import { collectPackage, findRoot } from '../sections/package.js';
import { findSpoolDirectory } from '../state-directory.js';
import { say } from '../stderr.js';
import { renderJson } from '../views/json.js';
import { renderText } from '../views/text.js';
import { type CollectSources, collectReport, nameService } from './collect.js';
import type { LateAnswer } from './late.js';
import { putOut } from './output.js';
import type { Job } from './queue.js';

export interface Reporter {
  /** Loads what sends, but for OpenTelemetry: when a report is made, the process may be out of descriptors. */
  prepare(): void;
  /** Sends what ended processes of this service have left on disk. Never rejects. */
  adopt(): Promise<void>;
  /** Collects, redacts, prints, sends. Never rejects. */
  make(job: Job): Promise<void>;
  /** Gives deliveries `boundMs` to end. */
  close(boundMs: number): Promise<void>;
}

/** What a supplement needs of its report. */
interface Made {
  /** Without its sections. */
  readonly report: Report;
  readonly count: number;
  readonly redactor: Redactor;
  readonly print: boolean;
  /** Sections of supplements so far. */
  supplements: number;
}

interface WrittenAhead {
  /** The delivery whose draft it is: there may be another one by the time it is sent. */
  readonly ready: Delivery;
  readonly draft: Draft;
}

export function createReporter(
  readSources: () => CollectSources,
  counters: Counters,
  post: (message: ToMain) => void,
  /** Has something else printed, when no report is. */
  enqueue: (task: () => Promise<void>) => void,
): Reporter {
  let delivery: Promise<Delivery> | undefined;
  let redactor: Redactor | undefined;

  /** What the report that was last made gave away is masked in what is said of it, too. */
  const mask = (text: string) => {
    redactor ??= createRedactor({ secretNames: readSources().settings.secretNames, declared: {} });
    return redactor.text(text);
  };
  /** What was opened for other settings: it still has what it was given. */
  const earlier = new Set<Promise<Delivery>>();
  let openedFor = '';
  const open = () => {
    const sources = readSources();
    const wanted = identifyDelivery(sources);
    if (delivery && wanted !== openedFor) {
      earlier.add(delivery);
      delivery = undefined;
    }
    openedFor = wanted;
    if (delivery) return delivery;
    const started = startDelivery(sources, mask, counters).catch((error: unknown) => {
      if (delivery === started) delivery = undefined;
      earlier.delete(started);
      throw error;
    });
    delivery = started;
    return started;
  };
  /** From here on it survives the process: the first byte that is seen of a report is of one that will arrive. */
  const writeAhead = (report: Report): Promise<WrittenAhead | undefined> =>
    open().then(
      async (ready) => ({ ready, draft: await ready.writeAhead(report) }),
      () => undefined,
    );
  const print = async (report: Report, text: string, { settings, place }: CollectSources) =>
    putOut(settings.format === 'json' ? renderJson(report) : text, report, settings, place.cwd);
  /** Not awaited: the next report is not to wait for this one's collector. */
  const deliver = async (report: Report, ahead: WrittenAhead | undefined): Promise<string> => {
    try {
      const ready = ahead?.ready ?? (await open());
      const outcome = ready.send(report, ahead?.draft);
      counters.addUndelivered(-1);
      return await outcome;
    } catch (error) {
      return tellFailure(`the delivery of report ${report.id}`, error);
    }
  };
  const supplement = async (made: Made, answer: LateAnswer): Promise<void> => {
    counters.addUndelivered(1);
    try {
      const sources = readSources();
      const about = { report: made.report.id, root: findRoot(sources.place), frames: sources.frames };
      const sections = collectLate(answer, about);
      const report = made.redactor.supplement({
        ...made.report,
        sections,
        supplement: { number: made.supplements + 1, count: made.count },
      });
      made.supplements += sections.length;
      const ahead = await writeAhead(report);
      if (made.print) await print(report, renderText(report), sources);
      void deliver(report, ahead);
    } catch (error) {
      tellFailure(`a supplement of report ${made.report.id}`, error);
      counters.addUndelivered(-1);
    }
  };

  return {
    prepare: () => void open().catch(() => {}),
    async adopt() {
      try {
        await (await open()).adopt(serviceOf(readSources()));
      } catch (error) {
        say(`gmr: what earlier processes left is not sent: ${mask((error as Error).message)}`);
      }
    },
    async make(job) {
      const asked = job.asked?.request;
      // Until a collector has it, or the delivery has taken charge of it, the end of the process would lose it.
      counters.addUndelivered(1);
      try {
        const sources = readSources();
        const caller = job.asked?.caller;
        let made: Made | undefined;
        const collected = await collectReport(sources, {
          trigger: job.trigger,
          onRead: job.onRead,
          // Its turn comes when this report has been printed, or has failed.
          onLate: (answer) => enqueue(async () => made && supplement(made, answer)),
          ...(caller ? { caller } : {}),
        });
        const own = createRedactor({ secretNames: sources.settings.secretNames, declared: collected.declared });
        redactor = own;
        const report = own.report(collected.report);
        const text = renderText(report);
        made = {
          report: { ...report, sections: [] },
          count: report.sections.length + 1,
          redactor: own,
          print: job.print,
          supplements: 0,
        };
        job.onMade?.(report.id);
        const ahead = await writeAhead(report);
        if (job.print) await print(report, text, sources);
        job.onPrinted?.();
        if (asked !== undefined) post({ type: 'report', request: asked, report: toGenerated(report, text) });
        void deliver(report, ahead).then((outcome) => {
          job.onEnded?.();
          if (asked !== undefined) post({ type: 'delivery', request: asked, outcome });
        });
      } catch (error) {
        const reason = tellFailure('the report', error);
        if (asked !== undefined) post({ type: 'failed', request: asked, reason });
        counters.addUndelivered(-1);
        job.onPrinted?.();
        job.onEnded?.();
      }
    },
    async close(boundMs) {
      const opened = delivery ? [...earlier, delivery] : [...earlier];
      await Promise.all(opened.map(async (one) => (await one.catch(() => undefined))?.close(boundMs)));
    },
  };
}

function serviceOf({ place, options, application }: CollectSources): string {
  return nameService(place, { ...collectPackage(options, place) }, application);
}

/**
 * Another one is needed where this differs: `setupAutorun` may say more than `--import` has, and a process that has given
 * up its privileges has another directory to write to.
 */
function identifyDelivery({ settings, options }: CollectSources): string {
  const { spoolDir, spoolMaxMib, deliveryJitterMs } = settings;
  return JSON.stringify([process.getuid?.(), options, spoolDir, spoolMaxMib, deliveryJitterMs]);
}

async function startDelivery(
  sources: CollectSources,
  mask: (text: string) => string,
  counters: Counters,
): Promise<Delivery> {
  const { settings, place, argv } = sources;
  const [{ createDelivery }, { openSpool }, { spreadDeliveries }] = await Promise.all([
    import('../export/delivery.js'),
    import('../export/spool.js'),
    import('../export/jitter.js'),
  ]);
  const directory = findSpoolDirectory(settings.spoolDir, process.env, place.cwd);
  const about = collectPackage(sources.options, place);
  const containerId = readContainerId();
  const delivery = createDelivery({
    resource: {
      service: serviceOf(sources),
      ...(about.version ? { version: about.version } : {}),
      argv,
      application: () => sources.application.resource(),
      ...(containerId ? { containerId } : {}),
    },
    version: sources.packageVersion,
    mask,
    say,
    counters,
    environment: process.env,
    ...(directory === undefined
      ? {}
      : {
          spool: openSpool({
            directory,
            maxBytes: settings.spoolMaxMib * 2 ** 20,
            tell: (sentence) => say(`gmr: ${mask(sentence)}`),
          }),
        }),
  });
  return spreadDeliveries(delivery, settings.deliveryJitterMs, counters);
}

function toGenerated(report: Report, text: string): GeneratedReport {
  return {
    id: report.id,
    time: new Date(report.timeMs).toISOString(),
    trigger: 'api',
    sections: report.sections.map(({ name, title, status, data, error }) => ({
      name,
      title,
      status,
      data,
      ...(error === undefined ? {} : { error }),
    })),
    text,
  };
}

function tellFailure(what: string, error: unknown): string {
  const reason = `${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  say(`gmr: ${reason}`);
  return reason;
}
