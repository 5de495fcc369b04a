import { oneLine } from '../harness/lib/format-safe.ts';
import { cut, cutMiddle } from '../harness/lib/table.ts';

const MARKUP = Symbol('markup');

/** Markup that may stand in the page as it is; only `html` and `trusted` make it. */
export interface Html {
  readonly [MARKUP]: string;
}

export type Piece = Html | readonly Html[] | string | number;

const mostOfSentence = 2000;
const mostOfName = 160;

/** For what this program wrote itself, never for text from a run. */
export const trusted = (markup: string): Html => ({ [MARKUP]: markup });

export const nothing = trusted('');

export const markupOf = (html: Html): string => html[MARKUP];

/** Every text that is put into the template is escaped, without the author having to think of it. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const parts = strings.map((text, i) => {
    const piece = pieces[i];
    return piece === undefined ? text : `${text}${toMarkup(piece)}`;
  });
  return trusted(parts.join(''));
}

/** A name from outside: cut where it could only be an attack, of its own writing direction, broken at slashes first. */
export function name(text: string): Html {
  const escaped = escapeText(cutMiddle(clean(text), mostOfName));
  return trusted(`<bdi>${escaped.replaceAll('/', '/<wbr>')}</bdi>`);
}

/** For attributes and options, which take no markup. */
export const shortName = (text: string): string => cutMiddle(clean(text), mostOfName);

function toMarkup(piece: Piece): string {
  if (typeof piece === 'string') return escapeText(piece);
  if (typeof piece === 'number') return String(piece);
  return isList(piece) ? piece.map(markupOf).join('') : piece[MARKUP];
}

const isList = (piece: Html | readonly Html[]): piece is readonly Html[] => Array.isArray(piece);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeText(text: string): string {
  return cut(clean(text), mostOfSentence).replace(/[&<>"'`]/g, (sign) => ENTITIES[sign] ?? '');
}

/** Twice what is shown, so that a secret cut in two is not. */
const longest = 2 * mostOfSentence;

/** Bounded before it is searched for secrets: their patterns take square time on one endless word. */
const clean = (text: string): string => oneLine(cut(text, longest));
