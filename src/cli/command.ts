/** A command, loaded. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: { readonly [name: string]: { readonly type: 'string' | 'boolean'; readonly short?: string } };
}

/** Loads all commands, in the order of the help. */
export type LoadCommands = () => Promise<readonly Command[]>;
