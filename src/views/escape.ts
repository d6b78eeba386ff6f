/** Controls, line separators and marks that turn the direction of text: shown as they are, they could forge a report. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them.
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The same without line feeds and tabs: a text has thousands of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them.
const HARMFUL_IN_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export interface EscapeOptions {
  /** Line feeds and tabs stay as they are. */
  readonly keepLines?: boolean;
}

/** The same text with each harmful character as `\n`, `\x1b` or `\u202e`. */
export function escapeControls(text: string, options: EscapeOptions = {}): string {
  return text.replace(options.keepLines ? HARMFUL_IN_LINES : HARMFUL, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A value as one line of JSON, with harmful characters escaped: also two separators that some readers take for a line's end. */
export function toJsonLine(value: object): string {
  return `${escapeJson(JSON.stringify(value))}\n`;
}

/** JSON of the same meaning, with harmful characters escaped. Line feeds stay: JSON has them only between its parts. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
