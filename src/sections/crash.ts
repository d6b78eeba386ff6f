import type { CrashData, Facts, Trigger, Value } from '../report.js';

export function collectCrash({ origin, error }: Extract<Trigger, { kind: 'crash' }>): CrashData {
  return { origin, error };
}

/** OpenTelemetry's names for an exception. */
export function crashFacts({ error }: CrashData): Facts {
  if (typeof error !== 'object' || error === null) return { 'exception.message': String(error) };
  const { name, message, stack } = error as { readonly [key: string]: Value };
  return {
    ...(typeof name === 'string' ? { 'exception.type': name } : {}),
    ...(typeof message === 'string' ? { 'exception.message': message } : {}),
    ...(typeof stack === 'string' ? { 'exception.stacktrace': stack } : {}),
  };
}
