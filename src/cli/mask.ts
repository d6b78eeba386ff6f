import { createRedactor } from '../redact/redactor.js';
import { readSettings } from '../settings.js';

/** Masks secrets in texts that a command prints, with the names that `GMR_SECRET_NAMES` adds. */
export function createMask(): (text: string) => string {
  const { secretNames } = readSettings({}, process.env).settings;
  return createRedactor({ secretNames, declared: {} }).text;
}
