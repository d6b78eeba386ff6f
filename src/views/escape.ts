/** Controls, line separators and what turns the direction of text around: shown, they could forge what a report says. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export interface EscapeOptions {
  /** Line feeds and tabs stay as they are. */
  readonly keepLines?: boolean;
}

/** The same text with each harmful character as `\n`, `\x1b` or `\u202e`. */
export function escapeControls(text: string, options: EscapeOptions = {}): string {
  return text.replace(HARMFUL, (character) => {
    if (options.keepLines && (character === '\n' || character === '\t')) return character;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** JSON of the same meaning in which nothing harmful stands raw; in JSON, line feeds stand between its parts only. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
