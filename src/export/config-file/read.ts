import { resolve } from 'node:path';
import { findPlace } from '../../files/local.js';
import { readTextBounded } from '../../files/read.js';
import { type Environment, readVariable } from '../../otel-environment.js';
import { messageOf } from '../http/failure.js';
import { type Declared, readDeclared } from './declared.js';
import type { ParseConfigFile } from './parse.js';

export interface ConfigFile {
  /** Undefined if there is no file, or if it cannot be used. */
  readonly declared: Declared | undefined;
  /** The reason, as a sentence, if the file is ignored. */
  readonly problem: string | undefined;
}

/** Such files have a few kilobytes; this much is parsed in a tenth of a second. */
const MAX_BYTES = 256 * 1024;

/**
 * The file of `OTEL_CONFIG_FILE`, read without waiting: on a local file system only. Never throws.
 *
 * @param cwd the directory that a relative path starts from
 * @param load loads the parser
 */
export function readConfigFile(environment: Environment, cwd: string, load: () => ParseConfigFile): ConfigFile {
  const name = readVariable(environment, 'OTEL_CONFIG_FILE');
  if (name === undefined) return { declared: undefined, problem: undefined };
  try {
    const path = resolve(cwd, name);
    const place = findPlace(path);
    if (!place.isLocal) throw new Error(place.reason);
    const text = readTextBounded(path, MAX_BYTES);
    if (text === undefined) throw new Error(`it is not a file of at most ${MAX_BYTES / 1024} KiB that can be read`);
    return { declared: readDeclared(load()(text, environment)), problem: undefined };
  } catch (error) {
    return { declared: undefined, problem: `ignoring OTEL_CONFIG_FILE=${name}: ${messageOf(error)}` };
  }
}
