import type { RunResult } from '../harness/contracts/result.ts';
import { escapeMarkdown as safe } from '../harness/lib/format-safe.ts';
import { markdownTable } from '../harness/lib/table.ts';
import { BUDGET_HEADER, budgetRows } from './_budget-words.ts';

/** Every limit that gates and how far it is away; the names by which findings can be suppressed. */
export function budgets(result: RunResult): string[] {
  const rows = budgetRows(result).map(({ cell, title: name, kind, level, check, says, reason }) =>
    [cell, name, check, says, kind, level, reason ?? ''].map(safe),
  );
  const found = (result.findings ?? []).map(({ cell, kind, fingerprint, accepted, refused }) => [
    safe(cell),
    safe(kind),
    `\`${fingerprint}\``,
    safe(accepted ?? refused ?? ''),
  ]);
  return [
    ...(rows.length === 0 ? [] : [markdownTable(BUDGET_HEADER, rows)]),
    ...(found.length === 0 ? [] : [markdownTable(['cell', 'what', 'fingerprint', 'known'], found)]),
  ];
}
