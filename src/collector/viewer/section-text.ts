import { type Html, html } from './html.js';
import { showCount } from './page.js';

const BANNER = /^={72}\n====.*\n={72}\n(?:\|{72}\n\n\n)?/;
/** A longer line is no title, and is not matched: that would take long. */
const MAX_TITLE = 200;

/** A longer section is shown as it was printed: a browser takes seconds for a table of thousands of rows. */
const MAX_LINES = 400;
/** Characters shown of a text as it was printed: a browser takes a tenth of a second for a megabyte before it shows anything. */
const MAX_CHARACTERS = 100_000;

/** A section's text without its banner. */
function stripBanner(text: string): string {
  return text.replace(BANNER, '');
}

/** A section's text as it was printed; of a long one the beginning, and a link to all of it. */
export function renderPrinted(text: string, address: string): Html {
  const plain = stripBanner(text);
  if (plain.length <= MAX_CHARACTERS) return html`<pre>${plain}</pre>`;
  const end = plain.lastIndexOf('\n', MAX_CHARACTERS);
  return html`<pre>${plain.slice(0, end < 0 ? MAX_CHARACTERS : end + 1)}</pre><p><a href="${address}">all ${showCount(countLines(plain), 'line')}</a></p>`;
}

/** Lines of a section, without its banner. */
export function countLines(text: string): number {
  const plain = stripBanner(text).trimEnd();
  let lines = 1;
  for (let at = plain.indexOf('\n'); at >= 0; at = plain.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A section's text, its `key = value` lines as a table; sub-titles as such. @param address of all of its text, if it may be cut */
export function renderText(text: string, address?: string): Html {
  const plain = stripBanner(text).trimEnd();
  const lines = plain.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES)
    return address === undefined ? html`<pre>${plain}\n</pre>` : renderPrinted(`${plain}\n`, address);
  const parts: Html[] = [];
  let rows: Html[] = [];
  let other: string[] = [];
  const endRows = () => {
    if (rows.length > 0) parts.push(html`<table class="keys"><tbody>${rows}</tbody></table>`);
    rows = [];
  };
  const endOther = () => {
    if (other.some((line) => line.trim() !== '')) parts.push(html`<pre>${other.join('\n')}\n</pre>`);
    other = [];
  };
  for (const line of lines) {
    const [, title] = line.length > MAX_TITLE ? [] : (/^-{6}\s+(\S.*?)\s+-{6}$/.exec(line) ?? []);
    const [, indent = '', key, value] = /^(\s*)([^\s=][^=]{0,80}?) = (.*)$/.exec(line) ?? [];
    if (title !== undefined) {
      endRows();
      endOther();
      parts.push(html`<h3>${title}</h3>`);
    } else if (key !== undefined) {
      endOther();
      rows.push(
        html`<tr><th scope="row" class="in${Math.min(4, indent.length >> 1)}">${key}</th><td>${value ?? ''}</td></tr>`,
      );
    } else {
      endRows();
      other.push(line);
    }
  }
  endRows();
  endOther();
  return html`${parts}`;
}
