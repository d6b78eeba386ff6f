import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import { startTimeLimit } from '../src/time-limit.js';

const spin = (ms: number) => {
  for (const startMs = performance.now(); performance.now() - startMs < ms; );
};

it('does not expire before an answer is read that has come while the loop was held up', async () => {
  const { port1, port2 } = new MessageChannel();
  const read = await new Promise<string>((resolve) => {
    port1.once('message', () => {
      limit.end();
      resolve('answered');
    });
    const limit = startTimeLimit(() => resolve('expired'), 20);
    // Deeper than this call: the loop would read the message before it looks at its timers.
    setTimeout(() => {
      port2.postMessage('answer');
      spin(100);
    }, 1);
  });
  port1.close();
  expect(read).toBe('answered');
});

it('expires, once', async () => {
  let expired = 0;
  await new Promise<void>((resolve) => {
    startTimeLimit(() => {
      expired += 1;
      resolve();
    }, 1);
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(expired).toBe(1);
});

it('that is ended between its time and the reading does not expire', async () => {
  let expired = 0;
  const limit = startTimeLimit(() => {
    expired += 1;
  }, 5);
  // Due at the same moment, and run behind it.
  setTimeout(() => limit.end(), 5);
  spin(20);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(expired).toBe(0);
});

it('that does not keep the thread alive expires in a thread that only a server keeps alive', () => {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { createServer } from 'node:net';
        import { startTimeLimit } from './time-limit.js';
        createServer().listen(0, '127.0.0.1', () => {
          // The next event of its loop.
          setTimeout(() => {}, 60_000);
          startTimeLimit(() => process.exit(performance.now() < 40_000 ? 7 : 1), 50).unref();
        });`,
      resolveDir: fileURLToPath(new URL('../src', import.meta.url)),
    },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    write: false,
  });
  expect(spawnSync(process.execPath, ['-e', outputFiles[0]?.text ?? '']).status).toBe(7);
});
