/** proc_pid_cmdline(5) as one line that can be read, and mostly be pasted into a shell. */

/** Characters of a command line that are kept. */
export const MAX_COMMAND_LENGTH = 4096;

/** The arguments, joined; without arguments, as for a zombie or a kernel thread, the name in brackets. */
export function formatCommand(cmdline: string, name: string): string {
  const args = splitArguments(cmdline);
  if (args.length === 0) return `[${name}]`;
  // One argument with spaces in it is a title that the process gave itself ('nginx: worker process'): no quotes.
  const line = args.length === 1 ? args.join('') : args.map(quoteArgument).join(' ');
  return line.length > MAX_COMMAND_LENGTH ? `${line.slice(0, MAX_COMMAND_LENGTH - 1)}…` : line;
}

/** The arguments, as they were given. */
export function splitArguments(cmdline: string): string[] {
  // One NUL ends the last argument, two mean that it is empty, and more are the padding after a title.
  const text = cmdline.replace(/\0{3,}$/, '').replace(/\0$/, '');
  return text === '' ? [] : text.split('\0');
}

function quoteArgument(argument: string): string {
  return argument === '' || /\s/.test(argument) ? `'${argument.replaceAll("'", "'\\''")}'` : argument;
}
