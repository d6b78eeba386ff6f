/** A way in which one function calls another: `from` is to call `to`, both by name, with one argument. */
export type Shape = (from: string, to: string) => string;

/** Each is a piece of a program's text; what it declares beside `from` has `from` in its name. */
export const SHAPES: { readonly [name: string]: Shape } = {
  plain: (from, to) => `function ${from}(dry) {\n  return ${to}(dry);\n}`,
  arrow: (from, to) => `const ${from} = (dry) => ${to}(dry);`,
  assigned: (from, to) =>
    `const o${from} = {};\no${from}.run = function (dry) {\n  return ${to}(dry); };\nfunction ${from}(dry) { return o${from}.run(dry); }`,
  method: (from, to) =>
    `class C${from} { run(dry) {\n    return ${to}(dry); } }\nconst c${from} = new C${from}();\nfunction ${from}(dry) { return c${from}.run(dry); }`,
  static: (from, to) =>
    `class C${from} { static run(dry) { return ${to}(dry); } }\nfunction ${from}(dry) { return C${from}.run(dry); }`,
  private: (from, to) =>
    `class C${from} { #run(dry) { return ${to}(dry); }\n  go(dry) { return this.#run(dry); } }\nconst c${from} = new C${from}();\nfunction ${from}(dry) {\n\n  return c${from}.go(dry); }`,
  construction: (from, to) =>
    `class C${from} {\n  constructor(dry) { this.value = ${to}(dry); } }\nfunction ${from}(dry) { return new C${from}(dry).value; }`,
  super: (from, to) =>
    `class B${from} { constructor(dry) { this.value = ${to}(dry); } }\nclass C${from} extends B${from} { constructor(dry) {\n    super(dry); } }\nfunction ${from}(dry) { return new C${from}(dry).value; }`,
  getter: (from, to) =>
    `const o${from} = { dry: false, get value() { return ${to}(this.dry); } };\nfunction ${from}(dry) { o${from}.dry = dry;\n  return o${from}.value; }`,
  setter: (from, to) =>
    `const o${from} = { set value(dry) { ${to}(dry); } };\nfunction ${from}(dry) { o${from}.value = dry; return 1; }`,
  bound: (from, to) =>
    `const b${from} = function inner${from}(dry) { return ${to}(dry); }.bind(null);\nfunction ${from}(dry) { return b${from}(dry); }`,
  proxy: (from, to) =>
    `const p${from} = new Proxy({ dry: false }, { get(target) { return ${to}(target.dry); }, set(target, key, value) { target[key] = value; return true; } });\nfunction ${from}(dry) { p${from}.dry = dry;\n  return p${from}.value; }`,
  generator: (from, to) =>
    `function* g${from}(dry) { yield 1;\n  yield ${to}(dry); }\nfunction ${from}(dry) { return [...g${from}(dry)].length; }`,
  async: (from, to) =>
    `async function a${from}(dry) { return ${to}(dry); }\nfunction ${from}(dry) { a${from}(dry); return 1; }`,
  executor: (from, to) =>
    `function ${from}(dry) { new Promise((resolve) => {\n    resolve(${to}(dry)); }); return 1; }`,
  map: (from, to) =>
    `function ${from}(dry) { return [dry].map(function each${from}(one) {\n    return ${to}(one); })[0]; }`,
  forEach: (from, to) =>
    `function ${from}(dry) { let out; [dry].forEach((one) => { out = ${to}(one); }); return out; }`,
  sort: (from, to) => `function ${from}(dry) { [2, 1].sort((a, b) => {\n    ${to}(dry); return a - b; }); return 1; }`,
  from: (from, to) => `function ${from}(dry) { return Array.from([dry], (one) => ${to}(one)); }`,
  replace: (from, to) => `function ${from}(dry) { return 'abc'.replace(/b/, () => String(${to}(dry))); }`,
  reviver: (from, to) =>
    `function ${from}(dry) { return JSON.parse('{"a":1}', function reviver${from}(key, value) { if (key === 'a') ${to}(dry);\n    return value; }); }`,
  toJSON: (from, to) => `function ${from}(dry) { return JSON.stringify({ toJSON() { return String(${to}(dry)); } }); }`,
  apply: (from, to) =>
    `function t${from}(dry) { return ${to}(dry); }\nfunction ${from}(dry) { return Reflect.apply(t${from}, null, [dry]); }`,
  call: (from, to) =>
    `function t${from}(dry) { return ${to}(dry); }\nfunction ${from}(dry) { return t${from}.call({}, dry); }`,
  construct: (from, to) =>
    `function T${from}(dry) { this.value = ${to}(dry); }\nfunction ${from}(dry) { return Reflect.construct(T${from}, [dry]).value; }`,
  template: (from, to) =>
    `function t${from}(strings, dry) { return ${to}(dry); }\nfunction ${from}(dry) { return t${from}\`x\${dry}y\`; }`,
  primitive: (from, to) =>
    `function ${from}(dry) { return \`\${{ [Symbol.toPrimitive]() { ${to}(dry); return 'x'; } }}\`; }`,
  iterator: (from, to) =>
    `function ${from}(dry) { for (const one of { [Symbol.iterator]() { return { next() { ${to}(dry); return { done: true }; } }; } }) return one; }`,
  default: (from, to) =>
    `function d${from}(dry, value = ${to}(dry)) { return value; }\nfunction ${from}(dry) { return d${from}(dry); }`,
  field: (from, to) =>
    `let f${from};\nclass C${from} { value = ${to}(f${from}); }\nfunction ${from}(dry) { f${from} = dry; return new C${from}().value; }`,
  eval: (from, to) => `function ${from}(dry) { return eval('${to}(dry)'); }`,
  indirect: (from, to) =>
    `const e${from} = new Function('to', 'dry', 'return to(dry);');\nfunction ${from}(dry) { return e${from}(${to}, dry); }`,
  emitter: (from, to) =>
    `const m${from} = new EventEmitter().on('x', function on${from}(dry) { ${to}(dry); });\nfunction ${from}(dry) { return m${from}.emit('x', dry); }`,
  context: (from, to) =>
    `const v${from} = vm.runInNewContext('(function inContext(to, dry) {\\n  return to(dry); })');\nfunction ${from}(dry) { return v${from}(${to}, dry); }`,
  wasm: (from, to) =>
    `let w${from};\nconst x${from} = new WebAssembly.Instance(new WebAssembly.Module(WASM), { e: { f() { return ${to}(w${from}) ? 1 : 0; } } }).exports;\nfunction ${from}(dry) { w${from} = dry; return x${from}.run(); }`,
  finally: (from, to) => `function ${from}(dry) { try { throw 1; } catch { return 1; } finally {\n    ${to}(dry); } }`,
  recursive: (from, to) =>
    `function r${from}(n, dry) { if (n > 0) return r${from}(n - 1, dry);\n  return ${to}(dry); }\nfunction ${from}(dry) { return r${from}(7, dry); }`,
  computed: (from, to) =>
    `const o${from} = { ['run' + 1](dry) { return ${to}(dry); } };\nfunction ${from}(dry) { return o${from}.run1(dry); }`,
  twoByte: (from, to) =>
    `const w\u4e16${from} = (dry) => { return ${to}(dry); };\nfunction ${from}(dry) { return w\u4e16${from}(dry); }`,
  spread: (from, to) => `function ${from}(...all) { const [dry] = all;\n  return ${to}(...all); }`,
  loop: (from, to) =>
    `function ${from}(dry) { let out; for (let n = 0; n < 1; n += 1) {\n    if (n === 0) out = ${to}(dry); } return out; }`,
};

/** `(module (import "e" "f" (func (result i32))) (func (export "run") (result i32) call 0))` */
export const WASM = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 7, 1, 1, 101, 1, 102, 0, 0, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117,
  110, 0, 1, 10, 6, 1, 4, 0, 16, 0, 11,
];

/** A program whose functions call one another in these shapes, the first one `f0`, the last one `hold`. */
export function writeProgram(shapes: readonly string[]): string {
  const functions = shapes.map((name, index) => {
    const shape = SHAPES[name];
    if (!shape) throw new Error(`no shape ${name}`);
    return shape(`f${index}`, index + 1 < shapes.length ? `f${index + 1}` : 'hold');
  });
  return `(function (hold, EventEmitter, vm, WASM) {\n${functions.reverse().join('\n')}\nreturn f0;\n})`;
}
