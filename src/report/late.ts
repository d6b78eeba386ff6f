/** Of a supplement: the report that it belongs to, how long after it this was found, and when. */
export type Late = { readonly report: string; readonly lateMs: number; readonly answered: string };
