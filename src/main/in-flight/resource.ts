import type { ApplicationResource } from '../../main-facts.js';
import { boundText } from '../characters.js';
import type { SdkResource } from './sdk.js';

const MAX_ATTRIBUTES = 128;
const MAX_ITEMS = 100;
const MAX_CHARACTERS = 1000;

/**
 * The settled attributes of a resource of the SDK, plain; undefined if there are none. The SDK would print a warning
 * if `attributes` was read while some are pending.
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
