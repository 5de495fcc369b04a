import type { RunResult } from '../harness/contracts/result.ts';
import { BUDGET_HEADER, budgetRows } from './_budget-words.ts';
import { type Anchors, cellLink, chip, section, table } from './_html-parts.ts';
import { type Html, html, name, nothing } from './_html-tag.ts';

/** Every limit that gates and how far it is away, then the names by which findings can be suppressed. */
export function budgets(result: RunResult, anchors: Anchors): Html {
  const rows = budgetRows(result).map(({ cell, title, kind, level, check, says, reason }) => [
    cellLink(cell, anchors),
    name(title),
    check === 'off' ? check : chip(check),
    says,
    kind,
    level,
    reason ?? '',
  ]);
  const found = (result.findings ?? []).map(({ cell, kind, fingerprint, accepted, refused }) => [
    cellLink(cell, anchors),
    name(kind),
    html`<code>${fingerprint}</code>`,
    accepted ?? refused ?? '',
  ]);
  if (rows.length + found.length === 0) return nothing;
  return section(
    'Budgets',
    'budgets',
    table({
      caption: 'What gates, and how far it is from its limit.',
      header: BUDGET_HEADER,
      rows,
      sentences: [3, 6],
    }),
    table({
      caption: 'Fingerprints: what a suppression in the config names.',
      header: ['cell', 'what', 'fingerprint', 'known'],
      rows: found,
      sentences: [3],
    }),
  );
}
