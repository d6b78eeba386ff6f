/** The names by which the agent finds in memory the numbers that main gives to requests. */

/** A property of the AsyncLocalStorage in which the number of the served request is. */
export const REQUEST_STORE = 'gmrServedRequest';

/** The property with the number, of the object that a private field of a request which this process has made refers to. */
export const MADE_REQUEST = 'gmrMadeRequest';
