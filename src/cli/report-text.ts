import { type ColourSetting, paint, wantsColour } from '../views/colour.js';
import { escapeControls } from '../views/escape.js';

/**
 * Writes the text of a report, which another process has made, to stdout. Its control characters are made visible; on a
 * terminal it is coloured, as `GMR_COLOR`, `NO_COLOR` and `FORCE_COLOR` say. Elsewhere it never is.
 */
export function writeReportText(text: string): void {
  const shown = escapeControls(text, { keepLines: true });
  const { stdout } = process;
  const isColoured = stdout.isTTY && wantsColour(readSetting(process.env.GMR_COLOR), process.env, 'terminal');
  stdout.write(isColoured ? paint(shown) : shown);
}

function readSetting(word: string | undefined): ColourSetting {
  return word === 'always' || word === 'never' ? word : 'auto';
}
