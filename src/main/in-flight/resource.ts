import type { ApplicationResource } from '../../protocol.js';
import { boundText } from '../plain.js';

const MAX_ATTRIBUTES = 128;
const MAX_ITEMS = 100;
const MAX_CHARACTERS = 1000;

interface SdkResource {
  /** 2.x on; the first of a name counts, and what is a promise has not settled. */
  getRawAttributes?(): readonly (readonly [name: string, value: unknown])[];
  readonly asyncAttributesPending?: boolean;
  readonly attributes?: { readonly [name: string]: unknown };
  /** 1.x, while others are pending */
  readonly _syncAttributes?: { readonly [name: string]: unknown };
}

/**
 * The attributes of a resource of the SDK that have settled, plain; undefined where there are none. Reading `attributes`
 * while some are pending would have the SDK complain.
 */
export function readResource(resource: unknown): ApplicationResource | undefined {
  try {
    const values: Record<string, ApplicationResource[string]> = {};
    for (const [name, value] of listAttributes(resource as SdkResource)) {
      const attribute = toAttribute(value);
      if (name in values || attribute === undefined || Object.keys(values).length >= MAX_ATTRIBUTES) continue;
      values[boundText(name, MAX_CHARACTERS)] = attribute;
    }
    return Object.keys(values).length > 0 ? values : undefined;
  } catch {
    return undefined;
  }
}

function listAttributes(resource: SdkResource): readonly (readonly [string, unknown])[] {
  if (typeof resource.getRawAttributes === 'function') return resource.getRawAttributes();
  return Object.entries((resource.asyncAttributesPending ? resource._syncAttributes : resource.attributes) ?? {});
}

function toAttribute(value: unknown): ApplicationResource[string] | undefined {
  if (typeof value === 'string') return boundText(value, MAX_CHARACTERS);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, MAX_ITEMS).map((item) => boundText(String(item), MAX_CHARACTERS));
}
