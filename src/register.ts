import { isMainThread } from 'node:worker_threads';
import { setupAutorun } from './index.js';

// --import runs in every worker thread too; the main thread's agent reports them.
if (isMainThread) setupAutorun();
