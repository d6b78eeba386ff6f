// The 3.x SDK, as NodeSDK or by its parts.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { processors } from '../traced.mjs';

const options = {
  resource: resourceFromAttributes({ 'service.name': 'traced', 'service.instance.id': 'i-1' }),
  spanProcessors: processors(),
};
if (process.env.PROVIDER === 'node-sdk') new NodeSDK({ ...options, autoDetectResources: false }).start();
else {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider(options));
}
