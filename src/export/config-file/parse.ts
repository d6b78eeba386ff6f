import { parse, parseDocument, Scalar, visit } from 'yaml';
import type { Environment } from '../../otel-environment.js';

/*
 * Built into a file of its own with the YAML parser: it is loaded only in processes that have `OTEL_CONFIG_FILE`.
 */

export type ParseConfigFile = typeof parseConfigFile;

/**
 * Reads a configuration file of OpenTelemetry as plain data. References to variables are replaced as the specification of
 * its data model says: in values only, and once. A variable never adds structure.
 *
 * @throws Error if it is not YAML, or a reference is invalid
 */
export function parseConfigFile(text: string, environment: Environment): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', prettyErrors: false });
  const [error] = document.errors;
  // Its message quotes the text, in which a secret may stand.
  if (error) throw new Error(`${error.code} (at character ${error.pos[0]})`);
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const replaced = substitute(node.value, environment);
      if (replaced !== node.value) node.value = node.type === Scalar.PLAIN ? toScalar(replaced) : replaced;
    },
  });
  try {
    return document.toJS();
  } catch {
    throw new Error('an alias without an anchor, or too many aliases');
  }
}

const REFERENCE = /\$\{(?:env:)?([a-zA-Z_]\w*)(?::-([^}\n]*))?\}|\$\{[^}]+\}/g;

/** Replaces references by values; `$$` stands for a `$`. @throws Error if a reference is invalid */
function substitute(text: string, environment: Environment): string {
  const replace = (part: string) =>
    part.replace(REFERENCE, (reference, name?: string, fallback = '') => {
      if (name === undefined)
        throw new Error(`${reference} is not a reference to a variable: expected $\{NAME:-default}`);
      return environment[name] || fallback;
    });
  return text.split('$$').map(replace).join('$');
}

/** A number, a boolean or null, if YAML reads it so; a text otherwise. */
function toScalar(text: string): unknown {
  try {
    const value: unknown = parse(text, { version: '1.2', schema: 'core' });
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : text;
  } catch {
    return text;
  }
}
