import { spawnSync } from 'node:child_process';
import { type ColourSetting, paint, wantsColour } from '../views/colour.js';
import { escapeControls } from '../views/escape.js';

/**
 * Writes the text of a report, which another process has made, to stdout. Its control characters are made visible; on a
 * terminal it is coloured, as `GMR_COLOR`, `NO_COLOR` and `FORCE_COLOR` say. Elsewhere it never is.
 */
export function writeReportText(text: string): void {
  process.stdout.write(render(text));
}

function render(text: string): string {
  const shown = escapeControls(text, { keepLines: true });
  const { stdout, env } = process;
  return stdout.isTTY && wantsColour(readSetting(env.GMR_COLOR), env, 'terminal') ? paint(shown) : shown;
}

/** A shell's exit code for a program that it does not find. */
const NOT_FOUND = 127;

/** The same through `$PAGER`, for a text that is longer than the terminal. */
export function pageReportText(text: string): void {
  const { stdout, env } = process;
  const pager = env.PAGER?.trim();
  const isPaged = pager && stdout.isTTY && text.split('\n').length > stdout.rows;
  if (!isPaged || !runPager(pager, render(text))) writeReportText(text);
}

/** @returns false if there is no such program */
function runPager(pager: string, input: string): boolean {
  // The pager handles Ctrl-C itself, and this program waits for the pager.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  // less then shows colours, and clears nothing at its end.
  const { error, status } = spawnSync(pager, {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
    shell: true,
    env: { LESS: 'FRX', ...process.env },
  });
  process.off('SIGINT', ignore);
  // EPIPE: the user has left the pager before its input was read to the end.
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE' || (!error && status !== NOT_FOUND);
}

function readSetting(word: string | undefined): ColourSetting {
  return word === 'always' || word === 'never' ? word : 'auto';
}
