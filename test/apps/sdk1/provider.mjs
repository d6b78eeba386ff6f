// The 1.x SDK, registered as an application does.
import { Resource } from '@opentelemetry/resources';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { processors } from '../traced.mjs';

const resource = new Resource({ 'service.name': 'traced', 'service.instance.id': 'i-1' });
const spanProcessors = process.env.ADD_LATER ? undefined : [...processors()];
const provider = new NodeTracerProvider({ resource, ...(spanProcessors ? { spanProcessors } : {}) });
provider.register();
if (process.env.ADD_LATER) for (const processor of processors()) provider.addSpanProcessor(processor);
