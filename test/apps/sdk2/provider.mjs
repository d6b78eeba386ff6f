// The 2.x SDK, registered as an application does.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { processors } from '../traced.mjs';

/** Records, and does not sample. */
const recordOnly = { shouldSample: () => ({ decision: 1 }), toString: () => 'record only' };
const samplers = { off: new AlwaysOffSampler(), record: recordOnly };
const sampler = samplers[process.env.SAMPLER];
const options = {
  resource: resourceFromAttributes({
    'service.name': 'traced',
    'service.instance.id': 'i-1',
    'cloud.region': Promise.resolve('north'),
  }),
  spanProcessors: processors(),
  ...(sampler ? { sampler } : {}),
};

export function register() {
  if (process.env.PROVIDER === 'basic') {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider(options));
  } else new NodeTracerProvider(options).register();
}

if (process.env.LATE) setTimeout(register, 100);
else register();
