/** The google.rpc.Code for each HTTP status: OTLP/HTTP's body has both. */
const CODES: { readonly [status: number]: number } = { 400: 3, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 503: 14 };

/** The reason why a request is refused, with its HTTP status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: { readonly [name: string]: string } = {},
  ) {
    super(message);
  }

  /** The body that OTLP/HTTP asks for: a google.rpc.Status. */
  toBody(): string {
    return JSON.stringify({ code: CODES[this.status] ?? 2, message: this.message });
  }
}
