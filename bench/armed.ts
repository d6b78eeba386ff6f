/** Preloaded: arms the process as guru-meditation/register does, and notes how long the main thread took for it. */
const startMs = performance.now();
await import('guru-meditation/register');
process.env.ARMED_MS = String(performance.now() - startMs);

export {};
