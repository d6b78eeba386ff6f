/** Why a request was not taken, in a few words, and whether it is worth another try. */
export interface Failure {
  readonly reason: string;
  readonly retryable: boolean;
  /** The server's answer, where it was one. */
  readonly status?: number;
  /** What the server asked for with `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** As OTLP has it: every other status is final. */
const RETRYABLE_STATUS: readonly number[] = [429, 502, 503, 504];

const NETWORK: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer',
  EPIPE: 'connection closed without an answer',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'host name lookup failed',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
};

const MAX_MESSAGE = 200;

export function describeStatus(
  status: number,
  statusText: string | undefined,
  message: string,
  retryAfter: string | undefined,
): Failure {
  const waitMs = retryAfter === undefined ? undefined : readRetryAfter(retryAfter);
  return {
    reason: oneLine(`${status} ${statusText ?? ''}`.trim() + (message === '' ? '' : `: ${message}`)),
    retryable: RETRYABLE_STATUS.includes(status),
    status,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

export function describeError(error: unknown): Failure {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = typeof code === 'string' ? NETWORK[code] : undefined;
  if (known !== undefined) return { reason: known, retryable: true };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return {
    reason: oneLine(text),
    retryable: text === 'Request timed out' || text === 'Concurrent export limit reached',
  };
}

export function describeSilence(ms: number): Failure {
  return { reason: `no answer in ${Math.max(1, Math.round(ms / 1000))} s`, retryable: true };
}

/** What a server wrote, fit for a line of ours. */
export function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE).toWellFormed()}…`;
}

/** Seconds, or a date. */
function readRetryAfter(text: string): number | undefined {
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
