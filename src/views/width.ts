/** Marks that are drawn on the character before them, joiners, and signs that only choose how it looks. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]|\p{Emoji_Modifier}/u;
/** Characters that take two columns: of Asian scripts, full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

function widthOfOne(character: string): number {
  if (character < '\u0300') return 1;
  return NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** Columns of a terminal that a text without control characters takes, as terminals count them: character by character. */
export function widthOf(text: string): number {
  if (!/[^\0-\u02ff]/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfOne(character);
  return width;
}

/** The beginning of a text that fits into so many columns. No character is cut in two. */
export function cutToWidth(text: string, columns: number): string {
  if (text.length * 2 <= columns) return text;
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += widthOfOne(character);
    if (width > columns) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** The text with spaces up to so many columns, after it or, if `right`, before it. */
export function padToWidth(text: string, columns: number, right: boolean): string {
  const spaces = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return right ? spaces + text : text + spaces;
}
