import type { Counters } from '../counters.js';
import type { Report } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';
import { createBatchBuilder } from './batch.js';
import { oneLine } from './failure.js';
import { toLogRecords } from './logs.js';
import { createQueue, KEEP, type KeepSettings } from './queue.js';
import type { ResourceOptions } from './resource.js';
import { createSender } from './sender.js';
import { readTarget } from './target.js';

export interface DeliveryOptions {
  readonly resource: ResourceOptions;
  /** Of this package: the scope's. */
  readonly version: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Puts a line on stderr. */
  readonly say: (line: string) => void;
  readonly counters: Pick<Counters, 'addUndelivered'>;
  /** @default process.env; the exporter reads headers and compression from that one in any case */
  readonly environment?: { readonly [name: string]: string | undefined };
  readonly settings?: Partial<KeepSettings>;
}

export interface Delivery {
  /** Loads OpenTelemetry, which takes longer than a report. */
  warm(): Promise<void>;
  /**
   * Sends a report that has been redacted. Resolves with the first outcome, a sentence that has been said on stderr as
   * well; later outcomes are only said. Never rejects.
   */
  send(report: Report): Promise<string>;
  /** One last try of what is kept, within `boundMs`; says what is lost. Never rejects. */
  close(boundMs: number): Promise<void>;
}

/** Sends reports to where `OTEL_*` say; nothing is loaded before the first one. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { mask, counters } = options;
  let closed = false;
  let loading: Promise<Route> | undefined;
  const say = (line: string) => options.say(mask(line));
  const tell = (id: string, sentence: string) => say(`gmr ${id}: ${sentence}`);
  const onEnd = () => counters.addUndelivered(-1);
  const load = () => {
    loading ??= openRoute(options, { say, tell, onEnd });
    return loading;
  };

  const refuse = (id: string, reason: string): string => {
    const sentence = `not sent, in the text only: ${reason}`;
    tell(id, sentence);
    onEnd();
    return sentence;
  };

  return {
    async warm() {
      // The first report tells what is wrong.
      await load().catch(() => {});
    },
    async send(report) {
      counters.addUndelivered(1);
      try {
        const route = await load();
        if (route.kind === 'off' || closed) return refuse(report.id, route.kind === 'off' ? route.reason : 'closed');
        const batches = route.build(toLogRecords(report, { renderHeader, renderSection }));
        return mask(await route.queue.add(report.id, batches));
      } catch (error) {
        return refuse(report.id, oneLine(error instanceof Error ? error.message : String(error)));
      }
    },
    async close(boundMs) {
      closed = true;
      const route = await loading?.catch(() => undefined);
      if (route?.kind === 'on') await route.queue.close(boundMs);
    },
  };
}

type Route =
  | { readonly kind: 'off'; readonly reason: string }
  | {
      readonly kind: 'on';
      readonly build: Awaited<ReturnType<typeof createBatchBuilder>>;
      readonly queue: ReturnType<typeof createQueue>;
    };

interface Voice {
  readonly say: (line: string) => void;
  readonly tell: (id: string, sentence: string) => void;
  readonly onEnd: () => void;
}

async function openRoute(options: DeliveryOptions, { say, tell, onEnd }: Voice): Promise<Route> {
  const { resource, version, mask, settings, environment = process.env } = options;
  const target = readTarget(environment, mask);
  for (const problem of target.problems) say(`gmr: ${problem}`);
  if (target.kind === 'off') return { kind: 'off', reason: target.reason };
  const [build, sender] = await Promise.all([
    createBatchBuilder(resource, version, mask),
    createSender(target, version),
  ]);
  const queue = createQueue({ sender, url: target.shownUrl, keep: { ...KEEP, ...settings }, tell, onEnd });
  return { kind: 'on', build, queue };
}
