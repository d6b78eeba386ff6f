export type PackageData = {
  readonly product: string;
  readonly vendor?: string;
  readonly version?: string;
  readonly commit?: string;
};
