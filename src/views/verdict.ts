import { type Header, type Report, VERDICT, type Verdict } from '../report.js';
import { escapeControls } from './escape.js';
import { showState } from './threads.js';

/** The known lines of a verdict that follow main's state: `waits for`, `in flight`. */
export function listVerdict(verdict: Verdict): [string, string][] {
  return VERDICT.flatMap((name): [string, string][] => {
    const value = verdict[name];
    return value === undefined ? [] : [[name.replace(/[A-Z]/, (letter) => ` ${letter.toLowerCase()}`), value]];
  });
}

/** All of it as one line: `running JavaScript for 1.7 s at checkout.mjs:14 in applyVoucher; serving POST /checkout, 1.7 s`. */
export function tellVerdict({
  main,
  mainForMs,
  ...verdict
}: Pick<Header, 'main' | 'mainForMs' | keyof Verdict>): string {
  const { at, thrown, ...others } = verdict;
  const first = thrown === undefined ? `main ${showState(main, mainForMs)}` : `thrown ${thrown}`;
  const rest = listVerdict(others).map(([key, value]) => `${key} ${value}`);
  return [at === undefined ? first : `${first} at ${at}`, ...rest].join('; ');
}

/** The line after a printed report: the last screen of a terminal has the answer. */
export function renderVerdict({ id, header }: Report): string {
  return `gmr ${id}: ${escapeControls(tellVerdict(header))}\n`;
}
