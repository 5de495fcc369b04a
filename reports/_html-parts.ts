import type { RunResult, VerdictKind } from '../harness/contracts/result.ts';
import { type Html, html, name, nothing, shortName } from './_html-tag.ts';

/** A verdict in a word and a colour, never in a colour alone. */
export const chip = (verdict: VerdictKind | 'skipped' | 'plain', text: string = verdict): Html =>
  html`<span class="chip ${verdict}">${text}</span>`;

export interface TableSpec {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (Html | string)[])[];
  /** Columns of numbers, by place. */
  readonly numbers?: readonly number[];
  /** Columns of sentences, by place. */
  readonly sentences?: readonly number[];
}

/** Wide tables scroll in a box of their own, which the keyboard can reach. */
export function table({ caption, header, rows, numbers = [], sentences = [] }: TableSpec): Html {
  if (rows.length === 0) return nothing;
  const kind = (column: number): Html => {
    if (numbers.includes(column)) return html` class="number"`;
    return sentences.includes(column) ? html` class="said"` : nothing;
  };
  const cells = (row: readonly (Html | string)[]): Html[] =>
    row.map((cell, i) =>
      i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kind(i)}>${cell}</td>`,
    );
  return html`<div class="scroll" role="group" aria-label="${shortName(caption)}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${header.map((text, i) => html`<th scope="col"${kind(i)}>${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table></div>`;
}

export function section(heading: string, id: string, ...body: readonly Html[]): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${body}</section>\n`;
}

/** Anchors that stay the same from run to run, so that a link to a cell of a nightly report goes on working. */
export type Anchors = ReadonlyMap<string, string>;

export function anchorsOf({ cells }: RunResult): Anchors {
  const taken = new Set<string>();
  return new Map(
    cells.map(({ cell }) => {
      const plain = `cell-${cell.id.replace(/[^\w.@+-]+/g, '-').slice(0, 100)}`;
      let anchor = plain;
      for (let n = 2; taken.has(anchor); n += 1) anchor = `${plain}-${n}`;
      taken.add(anchor);
      return [cell.id, anchor];
    }),
  );
}

/** A name of a cell as a link to its section. */
export function cellLink(id: string, anchors: Anchors): Html {
  const anchor = anchors.get(id);
  return anchor === undefined ? name(id) : html`<a href="#${anchor}">${name(id)}</a>`;
}

/** What the filter looks at. */
export const filterKeys = (id: string, verdict: string): Html =>
  html` data-cell="${shortName(id).toLowerCase()}" data-verdict="${verdict}"`;

/** Reasons come with and without their full stop. */
export const fullStop = (text: string): string => (/[.!?]$/.test(text.trim()) ? text : `${text}.`);
