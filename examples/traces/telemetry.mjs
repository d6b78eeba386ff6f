// OpenTelemetry's SDK and auto-instrumentation, as a service has them: node --import ./telemetry.mjs service.mjs
import { register } from 'node:module';
import { basename } from 'node:path';

process.env.OTEL_SERVICE_NAME ??= basename(process.argv[1] ?? 'service', '.mjs');
process.env.OTEL_EXPORTER_OTLP_PROTOCOL ??= 'http/json';
process.env.OTEL_TRACES_EXPORTER ??= 'otlp';
process.env.OTEL_METRICS_EXPORTER ??= 'none';
process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS ??= 'http,express,undici';
// Not the clouds': each asks its metadata service first.
process.env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,host,os,process,serviceinstance';
// A loader hook instruments the modules that ES modules import.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
await import('@opentelemetry/auto-instrumentations-node/register');
