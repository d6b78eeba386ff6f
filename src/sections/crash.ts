import type { Section, Trigger, Value } from '../report.js';

export interface CrashData {
  /** `uncaughtException` or `unhandledRejection`. */
  readonly origin: string;
  /** What was thrown, with its causes and, of an AggregateError, its errors. */
  readonly error: Value;
}

export function collectCrash({ origin, error }: Extract<Trigger, { kind: 'crash' }>): CrashData {
  return { origin, error };
}

/** OpenTelemetry's names for an exception. */
export function crashFacts({ error }: CrashData): NonNullable<Section['facts']> {
  if (typeof error !== 'object' || error === null) return { 'exception.message': String(error) };
  const { name, message, stack } = error as { readonly [key: string]: Value };
  return {
    ...(typeof name === 'string' ? { 'exception.type': name } : {}),
    ...(typeof message === 'string' ? { 'exception.message': message } : {}),
    ...(typeof stack === 'string' ? { 'exception.stacktrace': stack } : {}),
  };
}
