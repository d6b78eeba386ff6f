import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { run } from '../instrumented.mjs';

await run({ NodeSDK, PeriodicExportingMetricReader });
