import type { Range } from './elf.js';
import type { FrameKind, FrameLayout } from './layout/frames.js';
import { type Memory, readWord } from './memory.js';

/** Where an Isolate has its ThreadLocalTop (V8's src/execution/thread-local-top.h), and how entry frames are linked. */
export interface IsolateLayout {
  /** `c_entry_fp_`: the frame by which the thread has left JavaScript for C++; 0 while it runs JavaScript. */
  readonly exitFrame: number;
  /** `js_entry_sp_`: the outermost frame by which it has entered JavaScript; 0 if it has not. */
  readonly entryFrame: number;
  /** In an entry frame, from its frame pointer: the exit frame that C++ was called from (EntryFrameConstants). */
  readonly entryLink: number;
  /** `current_vm_state_`: tells a thread that collects garbage. Undefined if it is not found: no thread is known to collect then. */
  readonly state: number | undefined;
}

/** The beginning of an Isolate, with its ThreadLocalTop. */
const ISOLATE_BYTES = 0x3000;
const MIN_LINK = -256;
const MAX_LINK = -16;
const MAX_FRAMES = 2000;
/** Behind `js_entry_sp_` and `external_callback_scope_`. */
const STATE_DISTANCE = 16;
/** V8's StateTag (src/execution/vm-state.h) has some ten values. The bytes behind it may have anything. */
const STATE_BYTES = 2;
const GC_STATE = 1;
const MAX_STATE = 15;
const DEPTH = 12;

/** A thread's stack and its Isolate, as they were at one moment. */
interface Stack {
  readonly start: number;
  readonly bytes: Buffer;
  readonly isolate: Buffer;
}

/**
 * Finds them on the calling thread's own isolate: they differ from line to line, and V8 exports none of them. While
 * we read memory we are in an exit frame, which moves with the depth of our calls; inside a callback of JSON.parse there
 * are two entry frames. `stack` is the upper part of the thread's own. Undefined unless each
 * of the first three is the only one that fits.
 */
export function findIsolateLayout(
  memory: Memory,
  frames: FrameLayout,
  isolate: number,
  stack: Range,
): IsolateLayout | undefined {
  const { start, end } = stack;
  // Both reads are made at the same depth of calls: so they see the same exit frame.
  const look = (): Stack | undefined => {
    const isolateBytes = memory.read(isolate, ISOLATE_BYTES);
    const bytes = memory.read(start, end - start);
    return bytes && isolateBytes && { start, bytes, isolate: isolateBytes };
  };
  const lookDeeper = (depth: number): Stack | undefined => (depth > 0 ? lookDeeper(depth - 1) : look());
  const shallow = look();
  const deep = lookDeeper(DEPTH);
  let nested: Stack | undefined;
  JSON.parse('[1]', (key, value) => {
    if (key === '') nested = look();
    return value;
  });
  if (!shallow || !deep || !nested) return undefined;
  const exits = findExits(shallow, frames);
  const moved = [...findExits(deep, frames)].filter(([offset, frame]) => frame < (exits.get(offset) ?? 0));
  const [found, other] = moved;
  if (!found || other) return undefined;
  return findEntries(nested, frames, found[0]);
}

/** Words of the isolate that point at an exit frame, by their offset. */
function findExits(stack: Stack, frames: FrameLayout): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let offset = 0; offset + 8 <= stack.isolate.length; offset += 8) {
    const frame = readWord(stack.isolate, offset);
    if (isExit(kindAt(stack, frames, frame))) found.set(offset, frame);
  }
  return found;
}

function findEntries(stack: Stack, frames: FrameLayout, exitFrame: number): IsolateLayout | undefined {
  const inner = findEntryAbove(stack, frames, readWord(stack.isolate, exitFrame));
  if (inner === undefined) return undefined;
  const links: number[] = [];
  for (let offset = MAX_LINK; offset >= MIN_LINK; offset -= 8) {
    const target = wordAt(stack, inner + offset);
    if (target > inner && isExit(kindAt(stack, frames, target))) links.push(offset);
  }
  const [entryLink, second] = links;
  if (entryLink === undefined || second !== undefined) return undefined;
  let outermost = inner;
  for (let depth = 0; depth < MAX_FRAMES; depth += 1) {
    const exit = wordAt(stack, outermost + entryLink);
    if (exit === 0) break;
    const entry = findEntryAbove(stack, frames, exit);
    if (entry === undefined) return undefined;
    outermost = entry;
  }
  const entries: number[] = [];
  for (let offset = 0; offset + 8 <= stack.isolate.length; offset += 8) {
    if (readWord(stack.isolate, offset) === outermost) entries.push(offset);
  }
  const [entryFrame, another] = entries;
  if (entryFrame === undefined || another !== undefined) return undefined;
  const state = entryFrame + STATE_DISTANCE;
  if (state + STATE_BYTES > stack.isolate.length) return undefined;
  // We read memory, and collect nothing meanwhile.
  const own = stack.isolate.readUInt16LE(state);
  return { exitFrame, entryFrame, entryLink, state: own <= MAX_STATE && own !== GC_STATE ? state : undefined };
}

/** Whether the thread of an isolate collects garbage now, or does a part of that: objects may be moved. */
export function isCollecting(memory: Memory, { state }: IsolateLayout, isolate: number): boolean {
  return state !== undefined && memory.read(isolate + state, STATE_BYTES)?.readUInt16LE() === GC_STATE;
}

function findEntryAbove(stack: Stack, frames: FrameLayout, from: number): number | undefined {
  let frame = from;
  for (let depth = 0; depth < MAX_FRAMES; depth += 1) {
    if (kindAt(stack, frames, frame) === 'entry') return frame;
    const next = wordAt(stack, frame);
    if (!(next > frame)) return undefined;
    frame = next;
  }
  return undefined;
}

function wordAt({ start, bytes }: Stack, address: number): number {
  const offset = address - start;
  return offset >= 0 && offset + 8 <= bytes.length && offset % 8 === 0 ? readWord(bytes, offset) : Number.NaN;
}

function kindAt(stack: Stack, { kinds, contextOrType }: FrameLayout, frame: number): FrameKind | undefined {
  const marker = wordAt(stack, frame + contextOrType);
  return marker % 2 === 0 ? kinds.get(marker / 2) : undefined;
}

function isExit(kind: FrameKind | undefined): boolean {
  return kind?.endsWith(' exit') ?? false;
}
