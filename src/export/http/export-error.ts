import { describeError, describeStatus, type Failure, oneLine } from './failure.js';

/** Codes of gRPC that OTLP lists as worth another try. */
const RETRYABLE_CODES: readonly number[] = [1, 4, 8, 10, 11, 14, 15];
const CODE_NAMES: readonly string[] = (
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED ' +
  'RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'
).split(' ');
const UNIMPLEMENTED = 12;
/** Of a client that could not connect: the reason stands in the middle. */
const GRPC_NOISE = /^No connection established\. Last error: (?:Error: )?|\.? Resolution note:\s*$/g;

interface ExportError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  /** Of an error of gRPC: the server's own words. */
  readonly details?: unknown;
  readonly retryable?: unknown;
}

/**
 * The failure that an exporter of OpenTelemetry's reports: a status of gRPC, one of HTTP, or any error. An error that says
 * nothing else, or `retryable: false`, is worth another try: a report that waits is better than one that is lost.
 */
export function describeExport(error: unknown): Failure {
  const { name, code, message, details, retryable } = (error ?? {}) as ExportError;
  if (typeof code === 'number' && typeof details === 'string') {
    const words = details.replace(GRPC_NOISE, '').trim();
    return {
      reason: oneLine(`${CODE_NAMES[code] ?? code}${words === '' ? '' : `: ${words}`}`),
      retryable: RETRYABLE_CODES.includes(code),
      ...(code === UNIMPLEMENTED ? { unwanted: 'server' as const } : {}),
    };
  }
  const text = typeof message === 'string' ? message : '';
  if (name === 'OTLPExporterError' && typeof code === 'number') return describeStatus(code, text, '');
  if (error === undefined || error === null) return { reason: 'it gave no reason', retryable: true };
  return { ...describeError(error), retryable: retryable !== false };
}
