import { nameScript } from './eval-origin.js';
import { isPointer } from './heap.js';
import type { Reading } from './reading.js';
import { findScriptById, listScripts } from './script-list.js';
import { readScriptText, type ScriptText } from './script-text.js';
import type { Place } from './scripts.js';

/** A script that a thread has told of itself. */
export interface ToldScript {
  /** As V8's stacks have it; `eval at …` for evaluated code. */
  readonly name: string;
  /** V8's, if it is known. */
  readonly id?: number;
  /** Where in it the call is: of a text that is too long, that part alone is read. */
  readonly place: Place;
}

/** The scripts of one thread, for one report. */
export interface ToldScripts {
  /** The texts of that name, or the one of that id: the newest first. */
  read(told: ToldScript, maxCharacters: number): readonly ScriptText[];
}

interface Listed {
  readonly pointer: number;
  readonly id: number;
}

/** A module that is loaded again and again; more are not compared. */
const MAX_SAME_NAME = 20;

export function createToldScripts(reading: Reading, isolate: number): ToldScripts {
  let byName: ReadonlyMap<string, readonly Listed[]> | undefined;
  let listed: readonly number[] | undefined;
  const list = () => {
    listed = listScripts(reading, isolate);
    return listed;
  };
  /** A collection may have moved some since they were listed. */
  const findListed = <T>(find: (scripts: readonly number[]) => T | undefined): T | undefined =>
    (listed && find(listed)) ?? find(list());
  const readText = ({ pointer, id }: Listed, maxCharacters: number, place: Place): ScriptText | undefined => {
    const text = isPointer(pointer) ? readScriptText(reading, pointer, id, maxCharacters, place) : undefined;
    if (text) return text;
    const again = findScriptById(reading, list(), id);
    return again === undefined || again === pointer
      ? undefined
      : readScriptText(reading, again, id, maxCharacters, place);
  };
  return {
    read({ name, id, place }, maxCharacters) {
      reading.memory.refresh();
      reading.scripts.begin();
      if (id === undefined) byName ??= indexScripts(reading, list());
      const found =
        id === undefined ? byName?.get(name) : findListed((scripts) => findNamed(reading, scripts, name, id));
      const texts: ScriptText[] = [];
      for (const one of (found ?? []).slice(-MAX_SAME_NAME).reverse()) {
        const text = readText(one, maxCharacters, place);
        if (text) texts.push(text);
      }
      return texts;
    },
  };
}

/** The name proves the id. */
function findNamed(
  reading: Reading,
  scripts: readonly number[],
  name: string,
  id: number,
): readonly Listed[] | undefined {
  const pointer = findScriptById(reading, scripts, id);
  const script = pointer === undefined ? undefined : reading.scripts.read(pointer);
  return pointer !== undefined && script?.id === id && nameScript(reading, script) === name
    ? [{ pointer, id }]
    : undefined;
}

function indexScripts(reading: Reading, pointers: readonly number[]): ReadonlyMap<string, readonly Listed[]> {
  const byName = new Map<string, Listed[]>();
  for (const pointer of pointers) {
    if (reading.memory.isSpent()) break;
    const script = reading.scripts.read(pointer);
    const name = script && nameScript(reading, script);
    if (!script || !name || name.startsWith('node:')) continue;
    const same = byName.get(name);
    if (same) same.push({ pointer, id: script.id });
    else byName.set(name, [{ pointer, id: script.id }]);
  }
  return byName;
}
