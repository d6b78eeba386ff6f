import { escapeControls } from '../views/escape.js';

/** Writes a sentence of a command to stderr, in one line. */
export function tell(command: string, sentence: string): void {
  process.stderr.write(`gmr ${command}: ${escapeControls(sentence)}\n`);
}
