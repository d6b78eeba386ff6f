import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Body, readMessage, readPartialSuccess } from './answer.js';
import { describeError, describeSilence, describeStatus, type Failure } from './failure.js';
import { createExporter, type Exporter, type Item } from './opentelemetry.js';
import type { Signal, Target, Tls } from './target.js';

/** The end of one export; `failures`: how many requests of it failed. */
export type Answer =
  | { readonly kind: 'taken'; readonly failures: number; readonly rejected: number; readonly message: string }
  | { readonly kind: 'refused'; readonly failures: number; readonly failure: Failure };

export interface Attempt {
  readonly answer: Promise<Answer>;
  /** Ends it now, as refused; what it has on the way is dropped. */
  abandon(): void;
}

export interface Sender {
  /** `onRetry`: a request has failed, and the exporter goes on by itself in about `againMs`. */
  start(items: Item[], onRetry: (failure: Failure, againMs: number) => void): Attempt;
  close(): void;
}

/**
 * The exporter's result code is the truth about an export, but it comes late and says little: after a connection
 * refused, or 429, 502, 503, 504, the exporter tries up to 5 times more within its timeout (10 s), the first time after
 * 1 s, and then drops the status; a partial success counts as success. So each exporter has an HTTP agent of ours, which
 * sees every request it makes. One export at a time on each, so that a request belongs to an export.
 */
export async function createSender(
  signal: Signal,
  target: Extract<Target, { kind: 'on' }>,
  version: string,
): Promise<Sender> {
  const open = (): Line => {
    const line: Line = { exporter: undefined, watch: undefined, destroy: () => {} };
    const agent = createAgent(target.url, target.tls, () => line.watch);
    line.exporter = createExporter(signal, target.protocol, {
      url: target.url,
      timeoutMillis: target.timeoutMs,
      userAgent: `guru-meditation/${version}`,
      httpAgentOptions: () => agent,
    });
    line.destroy = () => {
      line.watch = 'dropped';
      agent.destroy();
    };
    return line;
  };
  // The last one used is the next one used: its connection is still open.
  const idle: Line[] = [open()];
  const all = new Set(idle);
  return {
    start(items, onRetry) {
      const line = idle.pop() ?? open();
      all.add(line);
      return startExport({ line, signal }, items, target.timeoutMs, onRetry, (reusable) => {
        if (reusable) idle.push(line);
        else all.delete(line);
      });
    },
    close() {
      for (const line of all) line.destroy();
    },
  };
}

/** An exporter and its connection. */
interface Line {
  exporter: Exporter | undefined;
  watch: Watch | 'dropped' | undefined;
  destroy: () => void;
}

interface Watch {
  failed(failure: Failure): void;
  answered(body: Body): void;
}

/** The exporter's own bound is its timeout, and up to 5 s for the last of its pauses; one that drips has none. */
const GRACE_MS = 6000;
const FIRST_PAUSE_MS = 1000;
const SUCCESS = 0;

function startExport(
  { line, signal }: { readonly line: Line; readonly signal: Signal },
  items: Item[],
  timeoutMs: number,
  onRetry: (failure: Failure, againMs: number) => void,
  release: (reusable: boolean) => void,
): Attempt {
  let failures = 0;
  let last: Failure | undefined;
  let body: Body = { bytes: Buffer.alloc(0), type: '' };
  let settle: (answer: Answer | undefined) => void = () => {};
  const answer = new Promise<Answer>((resolve) => {
    const late = setTimeout(() => settle(undefined), timeoutMs + GRACE_MS).unref();
    settle = (given) => {
      settle = () => {};
      clearTimeout(late);
      // Without an answer the exporter is still at it, and must not go on.
      if (given === undefined) line.destroy();
      else line.watch = undefined;
      release(given !== undefined);
      resolve(given ?? { kind: 'refused', failures, failure: last ?? describeSilence(timeoutMs + GRACE_MS) });
    };
  });
  line.watch = {
    failed(failure) {
      failures += 1;
      last = failure;
      const ended = settle;
      // The exporter decides within this turn of the loop.
      setImmediate(() => {
        if (settle === ended) onRetry(failure, failure.retryAfterMs ?? FIRST_PAUSE_MS * 1.5 ** (failures - 1));
      });
    },
    answered: (given) => {
      body = given;
    },
  };
  try {
    line.exporter?.export(items, ({ code, error }) => {
      const refused = { kind: 'refused' as const, failures: Math.max(1, failures) };
      const partial = code === SUCCESS && last !== CUT_OFF ? readPartialSuccess(body, signal) : undefined;
      if (partial) settle({ kind: 'taken', failures, ...partial });
      else if (code === SUCCESS && last !== CUT_OFF) settle({ ...refused, failure: NOT_OTLP });
      else settle({ ...refused, failure: last ?? describeError(error) });
    });
  } catch (error) {
    settle({ kind: 'refused', failures: 1, failure: describeError(error) });
  }
  return { answer, abandon: () => settle(undefined) };
}

/** `addRequest` is what Node's client calls with every request; where it does not, less is known of a failure. */
function createAgent(url: string, tls: Tls, readWatch: () => Line['watch']): HttpAgent {
  const agent = url.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true, ...tls })
    : new HttpAgent({ keepAlive: true });
  const internals = agent as unknown as { addRequest?: (request: ClientRequest, ...rest: unknown[]) => void };
  const addRequest = internals.addRequest?.bind(agent);
  if (addRequest === undefined) return agent;
  internals.addRequest = (request, ...rest) => {
    const watch = readWatch();
    if (watch === 'dropped') {
      request.destroy(new Error('no longer wanted'));
      return;
    }
    if (watch !== undefined) watchRequest(request, watch);
    addRequest(request, ...rest);
  };
  return agent;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const CUT_OFF: Failure = { reason: 'connection closed in the middle of the answer', retryable: true };
const NOT_OTLP: Failure = { reason: 'its answer is not OTLP: is this a collector?', retryable: false };

function watchRequest(request: ClientRequest, watch: Watch): void {
  const startMs = performance.now();
  let told = false;
  const fail = (failure: Failure) => {
    if (!told) watch.failed(failure);
    told = true;
  };
  request.on('timeout', () => fail(describeSilence(performance.now() - startMs)));
  request.on('error', (error: NodeJS.ErrnoException) => {
    // The server has let go of an idle connection: no failure of the server's, and the next try is on a new one.
    if (!(request.reusedSocket && error.code === 'ECONNRESET')) fail(describeError(error));
  });
  request.on('response', (response) => {
    const { statusCode = 0, statusMessage, headers } = response;
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
    });
    response.on('end', () => {
      const whole = bytes <= MAX_ANSWER_BYTES ? Buffer.concat(chunks) : Buffer.alloc(0);
      const body: Body = { bytes: whole, type: headers['content-type'] ?? '' };
      if (statusCode <= 299) watch.answered(body);
      else fail(describeStatus(statusCode, statusMessage, readMessage(body), headers));
    });
    // The exporter takes the status for all of the answer; what was not taken stands behind it.
    response.on('error', () => {
      if (statusCode <= 299) fail(CUT_OFF);
    });
  });
}
