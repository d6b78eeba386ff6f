/*
 * The variables `OTEL_*` of the resource and of headers, as OpenTelemetry specifies them; those of the exporters are read in
 * export/target.ts.
 */

export type Environment = { readonly [name: string]: string | undefined };

/** The attributes of `OTEL_RESOURCE_ATTRIBUTES`; a pair that is not `key=value`, percent-encoded, is skipped. */
export interface NamedAttributes {
  readonly attributes: { readonly [name: string]: string };
  readonly skipped: readonly string[];
}

/** OpenTelemetry's own bound of a pair's key and value, decoded. */
const MAX_NAMED = 255;

export function readResourceAttributes({ OTEL_RESOURCE_ATTRIBUTES: text = '' }: Environment): NamedAttributes {
  const attributes: { [name: string]: string } = {};
  const skipped: string[] = [];
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const read = readPair(pair);
    if (read === undefined) skipped.push(pair.trim());
    else attributes[read[0]] = read[1];
  }
  return { attributes, skipped };
}

/**
 * The service's name as the environment gives it: `OTEL_SERVICE_NAME`, else `service.name` of the resource attributes.
 */
export function readServiceName(environment: Environment): string | undefined {
  return (
    readVariable(environment, 'OTEL_SERVICE_NAME') ??
    (readResourceAttributes(environment).attributes['service.name'] || undefined)
  );
}

function readPair(pair: string): [name: string, value: string] | undefined {
  try {
    const [key = '', value, ...more] = pair.split('=');
    if (more.length > 0 || value === undefined || key.trim() === '') return undefined;
    const read: [name: string, value: string] = [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())];
    return read.some((text) => text.length > MAX_NAMED) ? undefined : read;
  } catch {
    return undefined;
  }
}

/** The value of a variable; undefined if it is not set or empty. */
export function readVariable(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}
