import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../../src/export/entry.js';
import { KEEP, Outbox } from '../../src/export/outbox.js';
import { RawExporter, rawKind, type Traffic } from './raw-exporter.js';
import type { RecordedReport } from './recorder.js';
import type { Identity, Template } from './template.js';

export interface SenderOptions {
  readonly endpoint: string;
  readonly recorded: RecordedReport;
  readonly template: Template;
  readonly identity: Identity;
  readonly traffic: Traffic;
  /** As `GMR_DELIVERY_JITTER_MS`. */
  readonly jitterMs: number;
}

/** How long no spans are sent to a server that takes none: the agent's. */
const BREAK_MS = 3_600_000;

/** An outcome of a report: how often one of its two entries was kept, and whether both were taken. */
export interface SenderOutcome {
  readonly kept: number;
  readonly lost: readonly string[];
}

/**
 * One process's report on its way: two entries in the agent's own outboxes, so that order, pauses, `Retry-After`, circuit
 * breaker and keeping are the product's. An entry counts as one of the spool: it is read again for each try.
 */
export async function sendReport(options: SenderOptions): Promise<SenderOutcome> {
  const { identity, jitterMs } = options;
  // One delay for both, as the agent's delivery has it. The outbox's own would not hold this process up.
  await sleep(Math.random() * jitterMs);
  const outcomes = await Promise.all([sendEntry('logs', options), sendEntry('traces', options)]);
  const lost = outcomes.flatMap(({ lost }) => (lost === undefined ? [] : [`${identity.reportId}: ${lost}`]));
  return { kept: outcomes.reduce((sum, { kept }) => sum + kept, 0), lost };
}

function sendEntry(
  signal: 'logs' | 'traces',
  { endpoint, recorded, template, identity, traffic }: SenderOptions,
): Promise<{ readonly kept: number; readonly lost: string | undefined }> {
  return new Promise((resolve) => {
    const exporter = new RawExporter(signal, endpoint, recorded[signal], traffic);
    let last = { taken: false, sentence: 'nothing was said' };
    let kept = 0;
    let isTaken = false;
    const entry: Entry = {
      id: identity.reportId,
      part: signal === 'logs' ? '' : 'traces',
      place: 'the spool',
      isStored: true,
      bytes: 0,
      read: () => [template.remake(signal, identity)],
      remove() {
        isTaken = true;
      },
      refuse: () => undefined,
      touch: () => {},
      release: () => {},
    };
    const outbox = new Outbox({
      kind: rawKind(signal),
      url: endpoint,
      exporter,
      keep: KEEP,
      breakMs: signal === 'traces' ? BREAK_MS : 0,
      mask: (text) => text,
      tell: (_, sentence, taken) => {
        last = { taken, sentence };
      },
    });
    // Its last sentence comes by a promise.
    const onEnd = () => void setImmediate(() => resolve({ kept, lost: isTaken ? undefined : last.sentence }));
    void outbox.add(entry, { isUrgent: false, delayMs: 0, onEnd }).then((fate) => {
      if (!fate.taken) kept = 1;
      last = fate;
    });
  });
}
