/** passwd(5): the names of user ids, from the file alone. getpwnam(3) may ask the network, and block. */

import { readText } from './read.js';

const MAX_BYTES = 1024 * 1024;

/** A function from user id to name; the id itself, as text, if the file has no name for it. */
export function readUserNames(path = '/etc/passwd'): (uid: number) => string {
  const names = parsePasswd(readText(path, MAX_BYTES) ?? '');
  return (uid) => names.get(uid) ?? String(uid);
}

/** `name:password:uid:gid:…`, a line each; the first name of an id counts. */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || name.startsWith('#') || !id || !/^\d+$/.test(id)) continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
