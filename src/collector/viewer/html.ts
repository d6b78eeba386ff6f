import { escapeControls } from '../../views/escape.js';

/** Markup that is safe to serve: all values in it are escaped. */
export interface Html {
  readonly markup: string;
}

type Content = string | number | Html | readonly Html[];

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template. Its values are text and get escaped, unless this function made them. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = strings.map((markup, index) => markup + (index < values.length ? toMarkup(values[index] ?? '') : ''));
  return { markup: parts.join('') };
}

function toMarkup(content: Content): string {
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escapeHtml(content);
  return Array.isArray(content) ? content.map(({ markup }) => markup).join('') : (content as Html).markup;
}

/** Control and bidirectional characters are made visible, as on a terminal. */
function escapeHtml(text: string): string {
  return escapeControls(text, { keepLines: true }).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
