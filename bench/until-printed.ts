import type { ChildProcess } from 'node:child_process';

/** The first group of `pattern` in the stdout of a program; fails if it ends before. */
export function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((found, fail) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const [, word] = pattern.exec(text) ?? [];
      if (word !== undefined) found(word);
    });
    child.once('exit', (code) => fail(new Error(`ended with ${code} before ${pattern}`)));
  });
}
