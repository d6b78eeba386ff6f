import { type Asked, answerQuestion, takeQuestions } from '../dump/answering.js';
import type { Reserve } from '../export/reserve.js';
import type { ToMain } from '../protocol.js';
import { createRedactor, type Redactor } from '../redact/redactor.js';
import type { Report } from '../report.js';
import { collectLate } from '../sections/late.js';
import { findRoot } from '../sections/package.js';
import type { Settings } from '../settings.js';
import type { SharedState } from '../shared-state.js';
import { say } from '../stderr.js';
import { renderPrinted } from '../views/printed.js';
import { collectReport } from './collect.js';
import type { CollectSources, Extras } from './collect-sources.js';
import { Deliveries } from './deliveries.js';
import { tellFailure } from './failure.js';
import { putOut } from './output.js';
import type { Job } from './report-queue.js';
import type { CollectSupplement, WalkRest } from './suspended-rest.js';
import { toGenerated, toTold } from './told-report.js';

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

export interface ReporterOptions {
  /** As they are at the time of a report. */
  readonly readSources: () => CollectSources;
  readonly shared: SharedState;
  readonly post: (message: ToMain) => void;
  /** Adds a task that prints something else. It runs while no report is being made. */
  readonly enqueue: (task: () => Promise<void>) => void;
  /** Whether another report waits for the one that is being made. */
  readonly isWaitedFor: () => boolean;
  readonly reserve: Reserve;
}

/** Makes reports, and sends them. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #deliveries: Deliveries;
  /** Reports so far. */
  #begun = 0;
  /** Of the report that was last made. */
  #redactor: Redactor | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#deliveries = new Deliveries({ ...options, mask: (text) => this.#mask(text) });
  }

  /** Sends the reports that ended processes of this service have left on disk. Never rejects. */
  adopt(): Promise<void> {
    return this.#deliveries.adopt();
  }

  /** Collects, redacts, prints, sends. Never rejects. */
  async make(job: Job): Promise<void> {
    const { readSources, shared, post, enqueue } = this.#options;
    this.#begun += 1;
    const asked = job.asked?.request;
    const isSignal = job.trigger.kind === 'signal';
    let questions: readonly Asked[] = [];
    /** Signals join this report until main is read; the questions of `gmr dump` come before their signals. */
    const onRead = () => {
      if (isSignal) questions = takeQuestions();
      return job.onRead();
    };
    // The end of the process would lose the report until a collector has it, or the delivery is responsible for it.
    shared.addUndelivered(1);
    try {
      const sources = readSources();
      const caller = job.asked?.caller;
      let made: Made | undefined;
      const collected = await collectReport(sources, {
        trigger: job.trigger,
        onRead,
        wants: () => chooseExtras(sources.settings, questions),
        // Its turn comes when this report has been printed, or has failed.
        onLate: (answer) => enqueue(async () => made && this.#supplement(made, (about) => collectLate(answer, about))),
        isWaitedFor: this.#options.isWaitedFor,
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
      const send = this.#deliveries.prepare(report, job.deliver);
      const isAnswered = answerAll(questions, report);
      if (isAnswered) say(`gmr ${report.id}: printed by gmr dump, which has asked for it`, 'info');
      else if (job.print) await print(report, sources);
      job.onPrinted?.();
      // Not awaited: the next report must not wait for this one's collector.
      void send().then((outcome) => {
        job.onEnded?.();
        if (asked !== undefined) post({ type: 'delivery', request: asked, outcome });
      });
      this.#tellMain(report, sources.tellsReports, asked);
      if (collected.walkRest) void this.#walkRest(made, collected.walkRest);
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

  /** Sends the report to main. It has been printed and is being sent: an error here loses only the answer to main. */
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

  /** Looks for the rest of the suspended functions until the next report begins, which looks itself. */
  async #walkRest(made: Made, walkRest: WalkRest): Promise<void> {
    const number = this.#begun;
    try {
      const collect = await walkRest(() => this.#begun !== number);
      if (collect) this.#options.enqueue(() => this.#supplement(made, collect));
    } catch (error) {
      tellFailure(`the rest of report ${made.report.id}`, error);
    }
  }

  async #supplement(made: Made, collect: CollectSupplement): Promise<void> {
    const { readSources, shared } = this.#options;
    shared.addUndelivered(1);
    try {
      const sources = readSources();
      const { frames, reading, place } = sources;
      const { openTexts } = reading.natives;
      const sections = collect({ report: made.report.id, root: findRoot(place), frames, openTexts });
      const report = made.redactor.supplement({
        ...made.report,
        sections,
        supplement: { number: made.supplements + 1, count: made.count },
      });
      made.supplements += sections.length;
      const send = this.#deliveries.prepare(report, made.deliver);
      if (made.print) await print(report, sources);
      void send();
    } catch (error) {
      tellFailure(`a supplement of report ${made.report.id}`, error);
      shared.addUndelivered(-1);
    }
  }
}

async function print(report: Report, { settings, place }: CollectSources): Promise<void> {
  await putOut((colour) => renderPrinted(report, settings.format, colour), report, settings, place.cwd);
}

/** Of a report that answers these questions of `gmr dump`. */
function chooseExtras({ heapCensus, format }: Settings, questions: readonly Asked[]): Extras {
  const formats = questions.map(({ question }) => question.format);
  return {
    census: heapCensus || formats.includes('heap'),
    handles: format === 'full' || formats.includes('full'),
    isAwaited: questions.length > 0,
    isExact: questions.some(({ question }) => question.exact === true),
  };
}

/** Answers the questions of `gmr dump`. @returns whether at least one answer could be written */
function answerAll(questions: readonly Asked[], report: Report): boolean {
  const outcomes = questions.map((asked) => {
    const content = renderPrinted(report, asked.question.format);
    return answerQuestion(asked, { kind: 'report', id: report.id, content });
  });
  return outcomes.includes(true);
}
