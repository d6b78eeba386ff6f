// Asks for its tracer before there is a provider.
import * as api from '@opentelemetry/api';
import { serve } from '../traced.mjs';

api.trace.getTracer('traced').startSpan('of nobody').end();
await new Promise((registered) => setTimeout(registered, 300));
await serve(api);
