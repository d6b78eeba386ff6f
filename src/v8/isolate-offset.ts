import type { Architecture } from './architecture/architecture.js';
import type { ElfImage } from './elf.js';
import type { Memory } from './memory.js';

/** Functions that V8 exports and that do nothing but read the thread's current isolate. */
const READERS = ['_ZN2v87Isolate13TryGetCurrentEv', '_ZN2v87Isolate10GetCurrentEv', '_ZNK2v87Isolate9IsCurrentEv'];
/** The variable itself, where Node 20 and 22 export it. */
const VARIABLE = '_ZN2v88internal18g_current_isolate_E';
const MAX_CODE_BYTES = 64;

/**
 * How far from a thread's pointer the pointer to its current isolate is: a thread-local variable of V8, at the same
 * distance for each thread of a process. It is in the machine code of the functions that read it.
 */
export function findIsolateOffset(memory: Memory, image: ElfImage, architecture: Architecture): number | undefined {
  for (const name of READERS) {
    const symbol = image.find(name);
    const code = symbol && memory.bytes(symbol.address, Math.min(MAX_CODE_BYTES, symbol.size || MAX_CODE_BYTES));
    const offset = code && architecture.readVariableOffset(memory, code, symbol.address);
    if (offset !== undefined) return offset;
  }
  const variable = image.find(VARIABLE);
  const block = image.threadLocal;
  return variable?.isThreadLocal && block ? architecture.placeVariable(variable.value, block) : undefined;
}
