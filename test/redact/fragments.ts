/** Where things turn up in a report: each makes a section of the shape the real generators make. */

import type { PlainSection, Report, Section, Value } from '../../src/report.js';

export interface Secret {
  readonly where: string;
  readonly section: Section;
  /** The redacted report must not hold it in one piece. */
  readonly secret: string;
}

export interface LookAlike {
  readonly where: string;
  readonly section: Section;
}

/** One secret, and the section it is put into. */
export const row = (where: string, secret: string, make: (secret: string) => Section): Secret => ({
  where,
  section: make(secret),
  secret,
});

export const section = (name: string, data: Value, more: Partial<PlainSection> = {}): Section =>
  ({
    name,
    title: name.replace(/^custom\./, ''),
    status: 'ok',
    spanId: '00f067aa0ba902b7',
    startMs: 0,
    endMs: 1,
    data,
    ...more,
  }) as Section;

const configuration = (data: { readonly [part: string]: Value }): Section =>
  section('configuration', {
    groups: {},
    environment: {},
    commandLine: [],
    execArgv: [],
    nodeOptions: {},
    settings: {},
    ...data,
  });

/** One environment variable. */
export const env = (name: string, value: string): Section => configuration({ environment: { [name]: value } });
/** The process' own arguments. */
export const argv = (...commandLine: readonly string[]): Section => configuration({ commandLine });
/** A configuration group the application registered. */
export const group = (value: Value, name = 'app'): Section => configuration({ groups: { [name]: value } });
/** The command line of a child process, joined by spaces. */
export const command = (line: string): Section =>
  section('processes', {
    processes: [
      {
        pid: 10,
        state: 'sleeping',
        command: 'node server.js',
        children: [{ pid: 11, state: 'sleeping', command: line, children: [] }],
      },
    ],
  });
/** A line of source in a stack. */
export const source = (line: string): Section =>
  section('threads', {
    threads: [
      {
        id: 0,
        name: 'main',
        state: 'running JavaScript',
        frames: [
          {
            function: 'handle',
            file: '/srv/app/login.js',
            line: 12,
            column: 3,
            origin: 'application',
            async: false,
            sourceBefore: line,
            source: line,
            sourceAfter: line,
          },
        ],
      },
    ],
    osThreads: [],
  });
/** The data of a registered section. */
export const data = (value: Value): Section => section('custom.queue', value);
/** The text a registered section returns. */
export const text = (words: string): Section => section('custom.queue', null, { text: words });
/** The message of a generator that failed. */
export const error = (words: string): Section => section('custom.queue', null, { status: 'failed', error: words });

export const reportOf = (sections: readonly Section[], notes: readonly string[] = []): Report => ({
  id: '4bf92f3577b34da6a3ce929d0e0e4736',
  timeMs: 1_700_000_000_000,
  trigger: { kind: 'signal', signal: 'SIGUSR1', heardBy: 'agent' },
  header: {
    service: 'checkout',
    host: 'web-7f9c',
    process: '4242',
    runtime: 'node v20.20.2 linux x64',
    uptime: '3 h 12 min',
    trigger: 'signal SIGUSR1',
    main: 'running JavaScript',
    notes,
  },
  sections,
});

const ALPHABET = 'q7Zx2LmVt9KbW4rHnY8cPd3GsJ6fTw5RaXe1QyUoBhNiMkDzFgCvSuEjApl0';
/** Random to look at, the same at every run, and made up: no scanner finds it in this repository. */
export const fake = (length: number, seed = 1): string => {
  let state = seed * 2654435761;
  let made = '';
  while (made.length < length) {
    state = (state * 1103515245 + 12345) % 2147483648;
    made += ALPHABET[Math.floor(state / 65536) % ALPHABET.length] ?? '';
  }
  return made;
};
export const fakeHex = (length: number, seed = 1): string =>
  Buffer.from(fake(length, seed)).toString('hex').slice(-length);
export const fakeUpper = (length: number, seed = 1): string =>
  fake(length * 2, seed)
    .toUpperCase()
    .slice(0, length);
export const base64 = (words: string): string => Buffer.from(words).toString('base64');
