import type { Counters } from '../counters.js';
import type { Delivery } from '../export/delivery.js';
import { readContainerId } from '../procfs/container.js';
import type { GeneratedReport, ToMain } from '../protocol.js';
import { createRedactor, type Redactor } from '../redact.js';
import type { Report } from '../report.js';
import { say } from '../stderr.js';
import { renderJson } from '../views/json.js';
import { renderText } from '../views/text.js';
import { type Collected, type CollectSources, collectReport } from './collect.js';
import { putOut } from './output.js';
import type { Job } from './queue.js';

export interface Reporter {
  /** Collects, redacts, prints, sends. Never rejects. */
  make(job: Job): Promise<void>;
  /** Gives deliveries `boundMs` to end. */
  close(boundMs: number): Promise<void>;
}

export function createReporter(
  readSources: () => CollectSources,
  counters: Counters,
  post: (message: ToMain) => void,
): Reporter {
  let delivery: Promise<Delivery> | undefined;

  const deliver = async (report: Report, redactor: Redactor): Promise<string> => {
    delivery ??= startDelivery(readSources(), report, redactor, counters);
    const ready = await delivery.finally(() => counters.addUndelivered(-1));
    return ready.send(report);
  };

  return {
    async make(job) {
      const asked = job.asked?.request;
      // Until a collector has it, or the delivery has taken charge of it, the end of the process would lose it.
      counters.addUndelivered(1);
      try {
        const sources = readSources();
        const request = { trigger: job.trigger, onRead: job.onRead };
        const caller = job.asked?.caller;
        const collected = await collectReport(sources, caller ? { ...request, caller } : request);
        const { redactor, report } = redact(collected, sources);
        const text = renderText(report);
        if (job.print) {
          const shown = sources.settings.format === 'json' ? renderJson(report) : text;
          await putOut(shown, report, sources.settings, sources.place.cwd);
        }
        if (asked !== undefined) post({ type: 'report', request: asked, report: toGenerated(report, text) });
        // Not awaited: the next report is not to wait for this one's collector.
        void deliver(report, redactor)
          .catch((error: unknown) => tellFailure(`the delivery of report ${report.id}`, error))
          .then((outcome) => {
            if (asked !== undefined) post({ type: 'delivery', request: asked, outcome });
          });
      } catch (error) {
        const reason = tellFailure('the report', error);
        if (asked !== undefined) post({ type: 'failed', request: asked, reason });
        counters.addUndelivered(-1);
      }
    },
    async close(boundMs) {
      await (await delivery)?.close(boundMs);
    },
  };
}

function redact({ report, declared }: Collected, { settings }: CollectSources): { redactor: Redactor; report: Report } {
  const redactor = createRedactor({ secretNames: settings.secretNames, declared });
  return { redactor, report: redactor.report(report) };
}

/** Loaded after the first text is out: OpenTelemetry takes longer to load than a report to make. */
async function startDelivery(
  sources: CollectSources,
  report: Report,
  redactor: Redactor,
  counters: Counters,
): Promise<Delivery> {
  const { createDelivery } = await import('../export/delivery.js');
  const about = report.sections.find((section) => section.name === 'package')?.data as { version?: string } | null;
  const containerId = readContainerId();
  return createDelivery({
    resource: {
      service: report.header.service,
      ...(about?.version ? { version: about.version } : {}),
      argv: sources.argv,
      ...(containerId ? { containerId } : {}),
    },
    version: sources.packageVersion,
    mask: (text) => redactor.text(text),
    say,
    counters,
    environment: process.env,
  });
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
