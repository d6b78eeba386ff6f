/** Milliseconds between two signs of the main thread that its event loop turns. */
export const TURN_MS = 100;
/** An event loop has stopped turning if it has given no sign for so long: on a busy machine a sign may be late. */
export const STOPPED_MS = 300;
