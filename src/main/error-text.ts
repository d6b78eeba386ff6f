import { types } from '../node-util.js';
import { boundText } from './characters.js';

/** A thrown value of any kind, as a short text. It never throws. */
export function tellError(error: unknown): string {
  try {
    const text = types.isNativeError(error) ? `${nameError(error)}: ${error.message}` : String(error);
    return boundText(text, 2000);
  } catch {
    return 'something that cannot be shown';
  }
}

/** A class that sets no `name` inherits its parent's. Its own class name is shown, as Node's inspection does. */
export function nameError(error: Error): unknown {
  const { name } = error;
  const made: unknown = Reflect.get(Object.getPrototypeOf(error) ?? {}, 'constructor')?.name;
  const isInherited = !Object.hasOwn(error, 'name') && /^(?:[A-Z]\w*)?Error$/.test(String(name));
  return isInherited && typeof made === 'string' && made !== '' && !Object.hasOwn(Object.getPrototypeOf(error), 'name')
    ? made
    : name;
}

/** The stack, with the name of `nameError` at its top: V8 wrote the name there when the error was made. */
export function nameStack(error: Error): unknown {
  const { stack, name } = error;
  const told = nameError(error);
  const isNamed = typeof stack !== 'string' || typeof told !== 'string' || told === name;
  return isNamed || !new RegExp(`^${name}(?::|\n|$)`).test(stack) ? stack : told + stack.slice(name.length);
}
