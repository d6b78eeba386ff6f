// The service has another copy of the API, and another version, than the SDK.
import * as api from 'api-copy';
import { serve } from '../traced.mjs';

await serve(api);
