import { createRequire } from 'node:module';
import type { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Protocol, Signal } from './target.js';

export type ReadableLogRecord = Parameters<OTLPLogExporter['export']>[0][number];
export type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number];
export type Item = ReadableLogRecord | ReadableSpan;

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPLogExporter>[0]>;
/** Gets items of its own signal only. */
export interface Exporter {
  export(items: Item[], done: (result: { code: number; error?: Error }) => void): void;
}

/**
 * The SDK's packages, loaded when they are first asked for. They are CommonJS, and `import()` of several at once has
 * been seen to give one of them before it had run (Node 22): `require` cannot.
 */
const require = createRequire(import.meta.url);

export const loadApi = () => require('@opentelemetry/api') as typeof import('@opentelemetry/api');
export const loadSdkLogs = () => require('@opentelemetry/sdk-logs') as typeof import('@opentelemetry/sdk-logs');
export const loadResources = () => require('@opentelemetry/resources') as typeof import('@opentelemetry/resources');

/** The official exporter of a signal, made by `options`. */
export function createExporter(signal: Signal, protocol: Protocol, options: ExporterOptions): Exporter {
  if (signal === 'logs') {
    const { OTLPLogExporter } = require(
      protocol === 'http/json' ? '@opentelemetry/exporter-logs-otlp-http' : '@opentelemetry/exporter-logs-otlp-proto',
    ) as typeof import('@opentelemetry/exporter-logs-otlp-http');
    return new OTLPLogExporter(options);
  }
  const { OTLPTraceExporter } = require(
    protocol === 'http/json' ? '@opentelemetry/exporter-trace-otlp-http' : '@opentelemetry/exporter-trace-otlp-proto',
  ) as typeof import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter(options);
}
