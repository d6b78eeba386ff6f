/** Put in by the build. */
declare const GMR_VERSION: string;

/** This package's version. */
export const VERSION = GMR_VERSION;
