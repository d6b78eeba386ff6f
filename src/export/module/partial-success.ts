import { DiagLogLevel, diag } from '@opentelemetry/api';
import { type PartialSuccess, toPartialSuccess } from '../http/response.js';
import type { Signal } from '../target-sources.js';

const last: { [signal in Signal]?: PartialSuccess } = {};
let isHeard = false;

/**
 * OpenTelemetry's exporters tell of a partial success on the diagnostics channel, which all copies of its API in a thread
 * share, and call the request a success. One request of a signal is on its way at a time.
 */
export function hearPartialSuccess(signal: Signal): () => PartialSuccess {
  if (!isHeard) diag.setLogger({ ...SILENT, warn: (...words) => void hear(words) }, { logLevel: DiagLogLevel.WARN });
  isHeard = true;
  delete last[signal];
  return () => last[signal] ?? { rejected: 0, message: '' };
}

const ignore = () => {};
const SILENT = { error: ignore, warn: ignore, info: ignore, debug: ignore, verbose: ignore };

function hear(words: readonly unknown[]): void {
  const json = words.find((word) => typeof word === 'string' && word.startsWith('{'));
  try {
    const said = JSON.parse(String(json)) as { readonly [key: string]: unknown };
    for (const signal of ['logs', 'traces'] as const) {
      const partial = toPartialSuccess(said, signal);
      if (partial.rejected > 0) last[signal] = partial;
    }
  } catch {
    // Something else than a partial success.
  }
}
