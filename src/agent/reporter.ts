import { type Asked, answerQuestion, takeQuestions } from '../dump/answering.js';
import type { Delivery, Draft } from '../export/delivery.js';
import type { Reserve } from '../export/reserve.js';
import { toLogRecords } from '../export/wire/logs.js';
import type { DeliveryOutcome, GeneratedReport, PlainLogRecord, ToldReport, ToMain } from '../protocol.js';
import { createRedactor, type Redactor } from '../redact/redactor.js';
import type { Report } from '../report.js';
import { collectLate } from '../sections/late.js';
import { findRoot } from '../sections/package.js';
import type { LateAnswer } from '../sections/sources.js';
import type { SharedState } from '../shared-state.js';
import { say } from '../stderr.js';
import { renderPrinted } from '../views/printed.js';
import { renderHeader, renderSection, renderText } from '../views/text.js';
import { type CollectSources, collectReport } from './collect.js';
import { Deliveries } from './deliveries.js';
import { putOut } from './output.js';
import type { Job } from './report-queue.js';

/** The parts of a report that its supplements need. */
interface Made {
  /** Without its sections. */
  readonly report: Report;
  readonly count: number;
  readonly redactor: Redactor;
  readonly print: boolean;
  readonly deliver: boolean;
  /** Sections of supplements so far. */
  supplements: number;
}

interface WrittenAhead {
  /** The delivery whose draft it is: there may be another one by the time it is sent. */
  readonly ready: Delivery;
  readonly draft: Draft;
}

export interface ReporterOptions {
  /** As they are at the time of a report. */
  readonly readSources: () => CollectSources;
  readonly shared: SharedState;
  readonly post: (message: ToMain) => void;
  /** Has something else printed, when no report is. */
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly reserve: Reserve;
}

/** Makes reports, and sends them. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #deliveries: Deliveries;
  /** Of the report that was last made. */
  #redactor: Redactor | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#deliveries = new Deliveries({ ...options, mask: (text) => this.#mask(text) });
  }

  /** Sends what ended processes of this service have left on disk. Never rejects. */
  adopt(): Promise<void> {
    return this.#deliveries.adopt();
  }

  /** Collects, redacts, prints, sends. Never rejects. */
  async make(job: Job): Promise<void> {
    const { readSources, shared, post, enqueue } = this.#options;
    const asked = job.asked?.request;
    const isSignal = job.trigger.kind === 'signal';
    let questions: readonly Asked[] = [];
    /** Signals join this report until main is read; the questions of `gmr dump` come before their signals. */
    const onRead = () => {
      if (isSignal) questions = takeQuestions();
      return job.onRead();
    };
    // Until a collector has it, or the delivery has taken charge of it, the end of the process would lose it.
    shared.addUndelivered(1);
    try {
      const sources = readSources();
      const caller = job.asked?.caller;
      let made: Made | undefined;
      const collected = await collectReport(sources, {
        trigger: job.trigger,
        onRead,
        // Its turn comes when this report has been printed, or has failed.
        onLate: (answer) => enqueue(async () => made && this.#supplement(made, answer)),
        ...(caller ? { caller } : {}),
      });
      const own = createRedactor({ secretNames: sources.settings.secretNames, declared: collected.declared });
      this.#redactor = own;
      const report = own.report(collected.report);
      made = {
        report: { ...report, sections: [] },
        count: report.sections.length + 1,
        redactor: own,
        print: job.print,
        deliver: job.deliver,
        supplements: 0,
      };
      job.onMade?.(report.id);
      const ahead = job.deliver ? this.#writeAhead(report) : undefined;
      const isAnswered = answerAll(questions, report);
      if (isAnswered) say(`gmr ${report.id}: printed by gmr dump, which has asked for it`, 'info');
      else if (job.print) await print(report, sources);
      job.onPrinted?.();
      void this.#deliver(report, ahead, job.deliver).then((outcome) => {
        job.onEnded?.();
        if (asked !== undefined) post({ type: 'delivery', request: asked, outcome });
      });
      this.#tellMain(report, sources.tellsReports, asked);
    } catch (error) {
      const reason = tellFailure('the report', error);
      for (const question of [...questions, ...(isSignal ? takeQuestions() : [])])
        answerQuestion(question, { kind: 'refused', reason });
      if (asked !== undefined) post({ type: 'failed', request: asked, reason });
      shared.addUndelivered(-1);
      job.onPrinted?.();
      job.onEnded?.();
    }
  }

  /** It is printed, and on its way: an error here loses nothing but the answer to main. */
  #tellMain(report: Report, isWanted: boolean, asked: number | undefined): void {
    const { post } = this.#options;
    try {
      if (isWanted) post({ type: 'made', report: toTold(report) });
      if (asked !== undefined) post({ type: 'report', request: asked, report: toGenerated(report) });
    } catch (error) {
      const reason = tellFailure(`telling the program of report ${report.id}`, error);
      if (asked !== undefined) post({ type: 'failed', request: asked, reason });
    }
  }

  /** Gives deliveries `boundMs` to end. */
  close(boundMs: number): Promise<void> {
    return this.#deliveries.close(boundMs);
  }

  /** Masks messages about a report as that report was masked. */
  #mask(text: string): string {
    this.#redactor ??= createRedactor({ secretNames: this.#options.readSources().settings.secretNames, declared: {} });
    return this.#redactor.text(text);
  }

  async #supplement(made: Made, answer: LateAnswer): Promise<void> {
    const { readSources, shared } = this.#options;
    shared.addUndelivered(1);
    try {
      const sources = readSources();
      const { frames, reading, place } = sources;
      const { openTexts } = reading.natives;
      const sections = collectLate(answer, { report: made.report.id, root: findRoot(place), frames, openTexts });
      const report = made.redactor.supplement({
        ...made.report,
        sections,
        supplement: { number: made.supplements + 1, count: made.count },
      });
      made.supplements += sections.length;
      const ahead = made.deliver ? this.#writeAhead(report) : undefined;
      if (made.print) await print(report, sources);
      void this.#deliver(report, ahead, made.deliver);
    } catch (error) {
      tellFailure(`a supplement of report ${made.report.id}`, error);
      shared.addUndelivered(-1);
    }
  }

  /** From here on it survives the process: the first byte that is seen of a report is of one that will arrive. */
  #writeAhead(report: Report): WrittenAhead | undefined {
    try {
      const ready = this.#deliveries.open();
      return { ready, draft: ready.writeAhead(report) };
    } catch {
      return undefined;
    }
  }

  /** Not awaited: the next report is not to wait for this one's collector. */
  async #deliver(report: Report, ahead: WrittenAhead | undefined, isWanted: boolean): Promise<DeliveryOutcome> {
    if (!isWanted) {
      this.#options.shared.addUndelivered(-1);
      return { taken: false, sentence: 'not sent: it was asked for with deliver: false' };
    }
    try {
      const ready = ahead?.ready ?? this.#deliveries.open();
      return await ready.send(report, ahead?.draft);
    } catch (error) {
      this.#options.shared.addUndelivered(-1);
      return { taken: false, sentence: tellFailure(`the delivery of report ${report.id}`, error) };
    }
  }
}

async function print(report: Report, { settings, place }: CollectSources): Promise<void> {
  await putOut((colour) => renderPrinted(report, settings.format, colour), report, settings, place.cwd);
}

function toTold(report: Report): ToldReport {
  return { id: report.id, trigger: report.trigger.kind, records: listRecords(report) };
}

function listRecords(report: Report): readonly PlainLogRecord[] {
  return toLogRecords(report, { renderHeader, renderSection });
}

function toGenerated(report: Report): GeneratedReport {
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
    text: renderText(report),
    records: listRecords(report),
  };
}

/** Whether somebody who asks by `gmr dump` has got it. */
function answerAll(questions: readonly Asked[], report: Report): boolean {
  const outcomes = questions.map((asked) => {
    const content = renderPrinted(report, asked.question.format);
    return answerQuestion(asked, { kind: 'report', id: report.id, content });
  });
  return outcomes.includes(true);
}

function tellFailure(what: string, error: unknown): string {
  const reason = `${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  say(`gmr: ${reason}`);
  return reason;
}
