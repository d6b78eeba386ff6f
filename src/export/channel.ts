import type { Batch, CreateBuilder } from './batch.js';
import { oneLine } from './failure.js';
import type { LineCodec, Origin } from './otlp-lines.js';
import { createQueue, type KeepSettings, type Queue } from './queue.js';
import { createRest } from './rest.js';
import { createSender } from './sender.js';
import type { Cargo, Fate, Stored } from './shipment.js';
import type { ReportPart, Spool, SpoolFile } from './spool.js';
import type { Signal, Target } from './target.js';

/** How a signal is written and made. */
export interface SignalKind<Content> {
  readonly signal: Signal;
  readonly noun: Cargo['noun'];
  readonly lines: LineCodec<Content>;
  readonly createBuilder: CreateBuilder<Content>;
  /** How long nothing is sent to a server that takes nothing of the kind; undefined: it is refused as anything is. */
  readonly restMs?: number;
}

export interface ChannelOptions {
  readonly spool: Spool | undefined;
  readonly keep: KeepSettings;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Read once; tells what is wrong with it. */
  readonly readTarget: () => Target;
  /** What is sent again later says the same. */
  readonly readOrigin: () => Origin;
  /** Of what became of a report after its first try. */
  readonly tell: (id: string, sentence: string) => void;
}

/** What is to be sent of a report. */
export interface Parcel {
  readonly id: string;
  /** Where it waits, unless it is in memory. */
  readonly file: SpoolFile | undefined;
  /** Empty where the file holds it alone. */
  load(): Promise<readonly Batch[]>;
}

/** One signal's way out. */
export interface Channel<Content> {
  /** Why nothing goes this way now, where that is so. */
  findOff(): string | undefined;
  /** Loads OpenTelemetry. */
  warm(): Promise<void>;
  /** On disk when this resolves. @throws what the spool does */
  store(part: ReportPart, contents: readonly Content[]): Promise<Parcel>;
  hold(id: string, contents: readonly Content[]): Parcel;
  take(file: SpoolFile): Parcel;
  /** Resolves with what became of the first try; `onEnd`: it is off our hands. Never rejects. */
  send(parcel: Parcel, onEnd: () => void): Promise<Fate>;
  close(boundMs: number): Promise<void>;
}

/** Resources whose builders are kept: this process's, and those of some that it sends for. */
const MAX_BUILDERS = 20;

/** OpenTelemetry is not loaded before something is sent. */
export function createChannel<Content>(kind: SignalKind<Content>, options: ChannelOptions): Channel<Content> {
  const { spool, mask, readTarget, readOrigin, tell } = options;
  const rest = createRest(kind.restMs);
  let closed = false;
  let loading: Promise<Queue> | undefined;

  const load = (target: Extract<Target, { kind: 'on' }>) => {
    loading ??= createSender(kind.signal, target, readOrigin().version).then((sender) =>
      createQueue({
        sender,
        cargo: { noun: kind.noun, url: target.shownUrl },
        keep: options.keep,
        tell,
        hearUnwanted: rest.hear,
      }),
    );
    // The next report tries again.
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  const builders = new Map<string, ReturnType<typeof kind.createBuilder>>();
  const build = async (from: Origin, contents: readonly Content[]): Promise<readonly Batch[]> => {
    const key = JSON.stringify(from);
    const builder = builders.get(key) ?? kind.createBuilder(from.resource, from.version);
    if (builders.size < MAX_BUILDERS) builders.set(key, builder);
    // As with the sender: the next report tries again.
    builder.catch(() => builders.delete(key));
    return (await builder)(contents);
  };
  const toStored = (file: SpoolFile): Stored => ({
    place: spool?.directory ?? '',
    async load() {
      const { origin, contents } = kind.lines.decode(await file.readLines());
      return build(origin, contents);
    },
    remove: () => file.remove(),
    setAside: (reason) => file.setAside(mask(reason)),
    touch: () => file.touch(),
    release: () => file.release(),
  });
  const refuse = ({ file }: Pick<Parcel, 'file'>, reason: string, onEnd: () => void): Fate => {
    onEnd();
    const what = kind.signal === 'logs' ? '' : 'its trace is ';
    const where = file ? `it waits in ${spool?.directory}` : 'in the text only';
    return { taken: false, sentence: `${what}not sent, ${where}: ${reason}` };
  };

  return {
    findOff() {
      const target = readTarget();
      return target.kind === 'off' ? target.reason : rest.findReason();
    },
    async warm() {
      const target = readTarget();
      if (target.kind === 'on') await Promise.all([load(target), build(readOrigin(), [])]).catch(() => {});
    },
    async store(part, contents) {
      const origin = readOrigin();
      const file = await spool?.write(part, kind.lines.encode(origin, contents));
      return { id: part.id, file, load: () => build(origin, contents) };
    },
    hold(id, contents) {
      const origin = readOrigin();
      return { id, file: undefined, load: () => build(origin, contents) };
    },
    take: (file) => ({ id: file.id, file, load: async () => [] }),
    async send(parcel, onEnd) {
      try {
        const target = readTarget();
        if (target.kind === 'off') return refuse(parcel, target.reason, onEnd);
        if (closed) return refuse(parcel, 'closed', onEnd);
        const [queue, batches] = await Promise.all([load(target), parcel.load()]);
        return await queue.add(parcel.id, batches, parcel.file && toStored(parcel.file), onEnd);
      } catch (error) {
        return refuse(parcel, describe(error), onEnd);
      }
    },
    async close(boundMs) {
      closed = true;
      const queue = await loading?.catch(() => undefined);
      await queue?.close(boundMs);
    },
  };
}

export function describe(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
