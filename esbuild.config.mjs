// Builds what is shipped: a few files, each whole. The agent and its reporting half are handed to their thread as text, so
// that neither a module loader nor a file system stands between a sick process and its report.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  // Of the packages that are built in, the form of which unused parts can be left out: half of their code.
  mainFields: ['module', 'main'],
  // A script that runs from text has no dynamic imports; `require` does.
  supported: { 'dynamic-import': false },
  // A third less to be read and compiled; names stay, for stacks in messages.
  minifyWhitespace: true,
  minifySyntax: true,
  // Node prints the line of an error that a program does not catch.
  lineLimit: 120,
  logLevel: 'warning',
  define: { GMR_VERSION: JSON.stringify(version) },
};

/**
 * Node's modules without an import of them: that of an ES module reads all of their exports, and those of `node:fs` load
 * Node's streams. What is taken is taken once, as an import does it: a program may replace it later.
 */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => (isBuiltin(path) ? { path, namespace: 'builtin' } : undefined));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter((name) => /^[a-z]\w*$/i.test(name));
      const load = `const load = (name) => process.getBuiltinModule('${path}')[name];\n`;
      const one = (name) => `const _${name} = /* @__PURE__ */ load('${name}');\nexport { _${name} as ${name} };\n`;
      return { contents: load + names.map(one).join('') };
    });
  },
};

const built = await Promise.all([buildGzipped(), buildCommand(), buildMain('esm'), buildMain('cjs'), buildAgent()]);
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', listLicenses(built.flatMap((used) => used ?? [])));

/** Main's share, as an ES module and as CommonJS: a program's bundler can take either. `register` loads `index` beside it. */
async function buildMain(format) {
  const plugin = {
    name: 'register-loads-index',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/index\.js$/ }, ({ path }) => ({ path, external: true }));
    },
  };
  const places =
    format === 'cjs' ? { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' } : undefined;
  await build({
    ...common,
    format,
    entryPoints: ['src/index.ts', 'src/register.ts', 'src/instrumentation.ts'],
    outdir: `dist/${format}`,
    define: { ...common.define, ...places },
    plugins: [plugin, builtins],
  });
  mkdirSync(`dist/${format}`, { recursive: true });
  writeFileSync(`dist/${format}/package.json`, `{ "type": "${format === 'esm' ? 'module' : 'commonjs'}" }\n`);
}

async function buildAgent() {
  // By this line main's share knows it.
  const banner = { js: '/* guru-meditation agent */' };
  await build({ ...common, entryPoints: ['src/agent/worker.ts'], outfile: 'dist/agent.js', banner });
}

/** The files that the agent runs when it needs them. */
async function buildGzipped() {
  const used = await Promise.all([
    buildText('src/agent/reporting.ts', 'dist/reporting.js.gz'),
    buildText('src/export/config-file/parse.ts', 'dist/config-file.js.gz'),
  ]);
  return used.flat();
}

async function buildText(entry, file) {
  const { outputFiles, metafile } = await build({ ...common, entryPoints: [entry], write: false, metafile: true });
  // Literals of regular expressions keep other characters: with one of them, V8 has two bytes for each of the text.
  const ascii = outputFiles[0].text.replace(/[^\0-\x7f]/g, (unit) => `\\u${toHex(unit)}`);
  writeFileSync(file, gzipSync(ascii, { level: 9 }));
  return listUsed(metafile);
}

function toHex(unit) {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

/** The files that have code in what was built. */
function listUsed({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}

/** The packages whose code is in the built files, with their versions and the text of each license. */
function listLicenses(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const byText = new Map();
  for (const directory of [...packages].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    const text = readFileSync(`${directory}/LICENSE`, 'utf8').trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'='.repeat(80)}\n\n`);
}

async function buildCommand() {
  const { metafile } = await build({
    ...common,
    entryPoints: ['src/cli/gmr.ts'],
    outfile: 'dist/gmr.cjs',
    metafile: true,
  });
  return listUsed(metafile);
}
