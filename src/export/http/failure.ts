import type { IncomingHttpHeaders } from 'node:http';

/** Why a request was not taken, in a few words, and whether it is worth another try. */
export interface Failure {
  readonly reason: string;
  readonly retryable: boolean;
  /** Absent if no answer came. */
  readonly status?: number;
  /** The pause that the server asked for with `Retry-After`. */
  readonly retryAfterMs?: number;
  /** Nothing of the signal is taken: by the server, or by the program's own choice. */
  readonly unwanted?: 'server' | 'choice';
}

/** OTLP's list: every other status is final. */
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
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: are the clocks right?',
  CERT_REVOKED: 'its certificate has been revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is of another host',
};
const NO_TLS = 'no TLS with it: is it http instead of https?';
/** No server has the request: it can be sent once the other side, or the configuration, is repaired. */
const BROKEN: readonly (readonly [code: RegExp, reason: string])[] = [
  [
    /^(UNABLE_TO_(GET_ISSUER|VERIFY)|SELF_SIGNED|DEPTH_ZERO|CERT_UNTRUSTED)/,
    'its certificate is of an authority that is not known here: OTEL_EXPORTER_OTLP_CERTIFICATE can name it',
  ],
  [
    /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|SUBJECT_ISSUER_MISMATCH$)/,
    'its certificate is not accepted',
  ],
  [
    /^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|(BAD|NO|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA)$/,
    'it wants another certificate of ours: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY can name it',
  ],
  [
    /^ERR_OSSL_/,
    'our certificate and key cannot be used: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY name them',
  ],
  [/^(EPROTO$|ERR_SSL_)/, NO_TLS],
  [/^HPE_/, 'an answer that is not HTTP'],
];

const MAX_MESSAGE = 200;

export function describeStatus(
  status: number,
  statusText: string | undefined,
  message: string,
  { 'retry-after': retryAfter, location }: IncomingHttpHeaders = {},
): Failure {
  const waitMs = retryAfter === undefined ? undefined : readRetryAfter(retryAfter);
  return {
    reason: oneLine(
      `${status} ${statusText ?? ''}`.trim() +
        (location === undefined ? '' : ` to ${location}, and redirects are not followed`) +
        (message === '' ? '' : `: ${message}`),
    ),
    retryable: RETRYABLE_STATUS.includes(status),
    status,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

export function describeError(error: unknown): Failure {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const name = typeof code === 'string' ? code : '';
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  // A server that sends an alert speaks TLS, and has another reason.
  const alert = /^(EPROTO$|ERR_SSL_)/.test(name) ? /:([^:]*\balert\b[^:]*)/.exec(text)?.[1] : undefined;
  const known = NETWORK[name] ?? BROKEN.find(([pattern]) => pattern.test(name))?.[1];
  if (alert !== undefined && known === NO_TLS) return { reason: oneLine(`no TLS with it: ${alert}`), retryable: true };
  if (known !== undefined) return { reason: known, retryable: true };
  return {
    reason: oneLine(text),
    // No answer came: of the system's errors, such as a lack of descriptors, each can be over at the next try.
    retryable: /^E[A-Z0-9]+$/.test(name) || text === 'Request timed out' || text === 'Concurrent export limit reached',
  };
}

export function describeSilence(ms: number): Failure {
  return { reason: `no answer in ${Math.max(1, Math.round(ms / 1000))} s`, retryable: true };
}

/** The message of anything that was thrown, as one short line. */
export function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** A server's text as one short line. */
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
