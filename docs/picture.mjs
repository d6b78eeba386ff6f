// Writes docs/report.svg, the picture in README.md: the demo's report as a terminal shows it. `npm run picture`
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WIDTH = 760;
const LINE = 17;
const COLOURS = {
  text: '#d4d4d4',
  head: '#f2777a',
  dim: '#8a8f98',
  code: '#e6c07b',
  place: '#7fb4ff',
  command: '#8fd694',
};

const command = fileURLToPath(new URL('../dist/gmr.cjs', import.meta.url));
// The service's report is on stderr.
const lines = execFileSync('sh', ['-c', '"$0" "$1" demo 2>&1', process.execPath, command], { encoding: 'utf8' })
  .split('\n')
  .map((line) => line.trimEnd());
const begin = lines.findIndex((line) => line.startsWith('$ kill'));
const state = lines.findIndex((line, n) => n > begin && line.startsWith('state = '));
const inside = lines.findIndex((line, n) => n > state && / in (?:async )?Server\./.test(line));
const answer = lines.findIndex((line) => /^gmr \w{32}: main /.test(line));
const header = lines.slice(begin, state).filter((line) => /^(?:\$|trigger|main|at|in flight) |Meditation/.test(line));
const stack = lines.slice(state + 2, inside + 1).filter((line) => !line.endsWith('(node)'));
const shown = [...header, '', ...stack, '', ...lines.slice(answer, answer + 2).map((line) => cut(line, 88))];

function cut(line, length) {
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

function colourOf(line) {
  if (line.startsWith('$')) return COLOURS.command;
  if (line.includes('Meditation')) return COLOURS.head;
  if (/^ +`/.test(line)) return COLOURS.code;
  if (/^(?: {5,}|gmr )/.test(line)) return COLOURS.dim;
  return / in /.test(line) && !line.includes(' = ') ? COLOURS.place : COLOURS.text;
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0');
}

const height = shown.length * LINE + 24;
const texts = shown.map((line, n) =>
  line === '' ? '' : `<text x="14" y="${28 + n * LINE}" fill="${colourOf(line)}">${escapeXml(line)}</text>\n`,
);
writeFileSync(
  new URL('report.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="A report in a terminal">
<rect width="100%" height="100%" rx="6" fill="#16181d"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
${texts.join('')}</g>
</svg>
`,
);
