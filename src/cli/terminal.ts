import { writeSync } from 'node:fs';
import { emitKeypressEvents, type Key } from 'node:readline';
import { cleanAtEnd } from './ending.js';
import { CommandError } from './usage.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_LINE_END = '\x1b[K';
const TO_SCREEN_END = '\x1b[J';
const STDOUT = 1;

/** A terminal whose whole screen the program uses. The terminal is restored when the program ends, however it ends. */
export interface Screen {
  /** Draws as many of these lines as the screen has room for. They hold no control characters, but for colours. */
  draw(lines: readonly string[]): void;
  readonly columns: number;
  readonly rows: number;
  close(): void;
}

/** @throws CommandError unless both ends are a terminal */
export function openScreen(onKey: (key: string) => void, onResize: () => void): Screen {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) throw new CommandError('this is no terminal: gmr ps lists the processes once');
  let isOpen = false;
  const enter = () => {
    isOpen = true;
    stdin.setRawMode(true);
    write(ENTER);
  };
  const leave = () => {
    if (!isOpen) return;
    isOpen = false;
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal has gone.
    }
    write(LEAVE);
  };
  const stop = () => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const proceed = () => {
    enter();
    onResize();
  };
  const onKeypress = (_: string | undefined, { name = '', ctrl, sequence = '' }: Key) => {
    if (ctrl && name === 'z') stop();
    else onKey(ctrl ? `ctrl-${name}` : name || sequence);
  };
  // SIGINT comes from `kill -INT` alone: the terminal hands Ctrl-C over as a key.
  const forget = cleanAtEnd(leave);
  process.on('SIGTSTP', stop);
  process.on('SIGCONT', proceed);
  stdout.on('resize', onResize);
  emitKeypressEvents(stdin);
  stdin.on('keypress', onKeypress).resume();
  enter();
  return {
    draw(lines) {
      const shown = lines.slice(0, stdout.rows).map((line) => `${line}${TO_LINE_END}`);
      write(`${HOME}${shown.join('\r\n')}${TO_SCREEN_END}`);
    },
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
    close() {
      leave();
      forget();
      process.off('SIGTSTP', stop);
      process.off('SIGCONT', proceed);
      stdout.off('resize', onResize);
      stdin.off('keypress', onKeypress).pause();
    },
  };
}

/** Writes synchronously: a process that is ending writes nothing later. */
function write(text: string): void {
  try {
    writeSync(STDOUT, text);
  } catch {
    // The terminal has gone, or takes nothing now: the next screen follows.
  }
}
