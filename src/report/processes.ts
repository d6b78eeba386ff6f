/** One process and its children, to their true depth. */
export type ProcessNode = {
  readonly pid: number;
  readonly parentPid?: number;
  readonly user?: string;
  readonly uids?: { readonly real: number; readonly effective: number; readonly saved: number };
  readonly gids?: { readonly real: number; readonly effective: number; readonly saved: number };
  /** `running`, `sleeping`, `zombie`, …; `gone` if it ended meanwhile, `denied` if /proc cannot be read. */
  readonly state: string;
  /** The command line; the bare name if there is no command line (a zombie, a kernel thread). */
  readonly command: string;
  readonly children: readonly ProcessNode[];
};

export type ProcessesData = {
  readonly processes: readonly ProcessNode[];
  /** The missing data and the reason: no /proc, or more descendants than are listed. */
  readonly note?: string;
};
