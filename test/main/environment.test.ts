import { afterEach, expect, it } from 'vitest';
import { copyEnvironment, readEnvironment } from '../../src/main/environment.js';

const { env } = process;
afterEach(() => {
  process.env = env;
});

it('the environment is copied before it is passed on, with one question to the system for each name', () => {
  const asked = { keys: 0, values: 0, others: 0 };
  const names: NodeJS.ProcessEnv = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`NAME_${n}`, `${n}`]));
  process.env = new Proxy(names, {
    ownKeys(target) {
      asked.keys += 1;
      return Reflect.ownKeys(target);
    },
    get(target, name) {
      asked.values += 1;
      return Reflect.get(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      asked.others += 1;
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    has(target, name) {
      asked.others += 1;
      return Reflect.has(target, name);
    },
  });
  const environment = readEnvironment();
  expect(asked).toEqual({ keys: 0, values: 1, others: 0 });
  asked.values = 0;
  const copy = copyEnvironment(environment);
  expect(asked).toEqual({ keys: 1, values: 5000, others: 0 });
  expect(copy).toEqual({ ...names });
});
