/**
 * The attributes that `OTEL_RESOURCE_ATTRIBUTES` sets: `key=value` pairs, comma-separated, values percent-encoded, as
 * OpenTelemetry's resource specification has it. A pair that cannot be understood is left out.
 */
export function readResourceAttributes(text: string | undefined): { readonly [name: string]: string } {
  const pairs = (text ?? '').split(',').map((pair): [string, string] | undefined => {
    const cut = pair.indexOf('=');
    if (cut < 1) return undefined;
    try {
      return [pair.slice(0, cut).trim(), decodeURIComponent(pair.slice(cut + 1).trim())];
    } catch {
      return undefined;
    }
  });
  return Object.fromEntries(pairs.filter((pair) => pair !== undefined));
}
