import { type ChannelListener, channel, subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';

/** What came of one export. */
export type Attempt =
  | { readonly kind: 'taken' /** What the collector said of records it did not take. */; readonly but?: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly again: boolean };

export interface Attempts {
  /** `onTrouble` hears of a failed try at once; the exporter itself tries again for up to its time-out, 10 s. */
  run(records: ReadableLogRecord[], onTrouble: (reason: string) => void): Promise<Attempt>;
}

/**
 * Exports, and knows what came of it: the exporter's result, and what it tells only its diagnostics (a partial
 * success) or nobody (the status it tries again for). All HTTP requests of the agent thread are the exporter's.
 */
export function createAttempts(exporter: OTLPLogExporter, timeoutMs: number): Attempts {
  let trouble: ((reason: string) => void) | undefined;
  let partial: string | undefined;
  let last: { status?: number; reason: string } | undefined;

  const hear = (said: { status?: number; reason: string }) => {
    last = said;
    trouble?.(said.reason);
  };
  listen('http.client.response.finish', ({ response }: { response: IncomingMessage }) => {
    const { statusCode: status = 0, statusMessage } = response;
    if (status > 299) hear({ status, reason: `${status} ${statusMessage ?? ''}`.trim() });
  });
  listen('http.client.request.start', ({ request }: { request: ClientRequest }) => {
    request.on('error', (error: NodeJS.ErrnoException) => hear({ reason: tellError(error, timeoutMs) }));
  });
  const ignore = () => {};
  diag.setLogger(
    {
      error: ignore,
      info: ignore,
      debug: ignore,
      verbose: ignore,
      warn(message, ...rest) {
        if (rest.join(' ').includes('Partial Success') || message.includes('Partial Success')) partial = rest.join(' ');
      },
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );

  return {
    run: (records, onTrouble) =>
      new Promise((resolve) => {
        trouble = onTrouble;
        partial = undefined;
        last = undefined;
        exporter.export(records, (result) => {
          trouble = undefined;
          if (result.code === 0) resolve(partial === undefined ? { kind: 'taken' } : { kind: 'taken', but: partial });
          else resolve(describeFailure(result.error, last, timeoutMs));
        });
      }),
  };
}

function describeFailure(
  error: Error | undefined,
  last: { status?: number; reason: string } | undefined,
  timeoutMs: number,
): Attempt {
  if (last?.status !== undefined) return { kind: 'failed', reason: last.reason, again: isWorthAgain(last.status) };
  const reason = last?.reason ?? (error ? tellError(error, timeoutMs) : 'not known why');
  return { kind: 'failed', reason, again: true };
}

/** OTLP's own list, and what proxies answer while a collector is away; other refusals stay refusals. */
function isWorthAgain(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

function tellError(error: NodeJS.ErrnoException, timeoutMs: number): string {
  const { code, message } = error;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host is not known';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it hung up';
  if (code === 'ETIMEDOUT' || /timed? ?out/i.test(message)) return `no answer in ${timeoutMs / 1000} s`;
  return code ?? message.split('\n')[0] ?? 'failed';
}

function listen<T>(name: string, listener: (message: T) => void): void {
  subscribe(name, listener as ChannelListener);
  // A channel without a strong reference loses its listeners on some lines of Node.
  kept.push(channel(name));
}
const kept: object[] = [];
