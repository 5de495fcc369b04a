import type { Truth } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type { CellPlan } from '../contracts/plan.ts';
import { nearest } from '../lib/nearest.ts';

const mostNamed = 8;

/** A truth about no cell could never hold: better said before hours of measuring than after. */
export function requireTruthsFit(
  truths: readonly Pick<Truth, 'cell'>[],
  cells: readonly Pick<CellPlan, 'id'>[],
): void {
  const ids = cells.map(({ id }) => id);
  const stray = truths.find(({ cell }) => !ids.some((id) => id.includes(cell)));
  if (stray === undefined) return;
  const parts = [...new Set(ids.flatMap((id) => [id, ...id.split('/')]))];
  const guess = nearest(stray.cell.replace(/^\/|\/$/g, ''), parts);
  const more = ids.length > mostNamed ? `, and ${ids.length - mostNamed} more` : '';
  throw new TidemarkError('usage', `the truth about '${stray.cell}' fits no cell of the plan`, {
    hint: `${guess === undefined ? '' : `did you mean '${guess}'? `}it is a part of a cell's id; there are: ${ids.slice(0, mostNamed).join(', ')}${more}`,
  });
}
