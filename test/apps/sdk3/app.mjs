import * as api from '@opentelemetry/api';
import { serve } from '../traced.mjs';

await serve(api);
