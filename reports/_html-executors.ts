import type { RunResult } from '../harness/contracts/result.ts';
import { executorTable } from './_executor-table.ts';
import { fullStop, section, table } from './_html-parts.ts';
import { type Html, html, name, nothing } from './_html-tag.ts';

/** What each way of hosting jobs leaves behind and costs, and what switching would buy and hide. */
export function executors(result: RunResult): Html {
  if (result.executors.length === 0) return nothing;
  const groups = result.executors.map(executorTable).map(
    ({ title, header, rows, says }) =>
      html`${table({ caption: `${title}: a row per executor.`, header, rows: rows.map(([executor = '', ...figures]) => [name(executor), ...figures]) })}
<ul>${says.map((sentence) => html`<li>${fullStop(sentence)}</li>`)}</ul>`,
  );
  return section('Executors', 'executors', html`${groups}`);
}
