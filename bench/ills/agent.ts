import { inTurn, startPatient } from '../../test/process/agent.js';
import { EXIT_CODE, type Ill, type Setup } from './ill.js';

/** `code` is run in the agent's thread. */
function sickAgent(name: string, code: string, says: RegExp): Ill {
  return {
    name,
    prepare: ({ isArmed }): Setup =>
      isArmed
        ? {
            start: (_, { env }) => startPatient(env),
            strike: async (program) => {
              program.child.stdin?.write(inTurn(`process._rawDebug('struck'); ${code}`));
              await program.untilStderr(/struck/);
            },
            says,
            exitWord: `main process.exit(${EXIT_CODE})\n`,
          }
        : {},
  };
}

const REPLACED = /^gmr: the agent had not taken SIGUSR2 after \d+ ms: .*; another one is started$/m;

export const AGENT: readonly Ill[] = [
  sickAgent('agent loops', 'for (;;);', REPLACED),
  sickAgent('agent waits (Atomics.wait)', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);', REPLACED),
  sickAgent('agent ends', `throw new Error('gone');`, /^gmr: the agent thread ended \(Error: gone\)/m),
  sickAgent(
    'agent out of memory',
    `const kept = []; for (;;) kept.push(Buffer.alloc(1e6, 65 + (kept.length % 20)).toString('latin1'));`,
    /^gmr: the agent thread ended \(.*memory limit.*\)/m,
  ),
  {
    name: 'signal before the agent listens, main spins from its first line',
    prepare: () => ({
      text: `console.log('up'); function spinFromTheStart() { for (;;); } spinFromTheStart();`,
      settleMs: 0,
      says: /in spinFromTheStart/,
      end: 'SIGTERM',
    }),
  },
];
