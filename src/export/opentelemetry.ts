import { createRequire } from 'node:module';

/**
 * The SDK's packages, loaded when they are first asked for. They are CommonJS, and `import()` of several at once has
 * been seen to give one of them before it had run (Node 22): `require` cannot.
 */
const require = createRequire(import.meta.url);

export const loadApi = () => require('@opentelemetry/api') as typeof import('@opentelemetry/api');
export const loadSdkLogs = () => require('@opentelemetry/sdk-logs') as typeof import('@opentelemetry/sdk-logs');
export const loadResources = () => require('@opentelemetry/resources') as typeof import('@opentelemetry/resources');
export const loadExporter = () =>
  require('@opentelemetry/exporter-logs-otlp-http') as typeof import('@opentelemetry/exporter-logs-otlp-http');
