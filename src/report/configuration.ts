import type { Value } from './value.js';

export type ConfigurationData = {
  readonly groups: { readonly [group: string]: Value };
  readonly environment: { readonly [name: string]: string };
  readonly commandLine: readonly string[];
  readonly nodeOptions: { readonly execArgv: readonly string[]; readonly NODE_OPTIONS?: string };
  readonly settings: { readonly [name: string]: Value };
  /** A sentence on data that was read in another way. */
  readonly note?: string;
};
