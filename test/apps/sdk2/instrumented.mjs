import { metrics, NodeSDK } from '@opentelemetry/sdk-node';
import { run } from '../instrumented.mjs';

await run({ NodeSDK, ...metrics });
