import { TidemarkError } from '../contracts/errors.ts';
import type { CellPlan } from '../contracts/plan.ts';
import type { CellAnalysis, RunResult } from '../contracts/result.ts';

const leaks = ({ classification }: CellAnalysis): boolean =>
  classification.kind === 'leak' || classification.kind === 'mixed';

/** The cell of that id, or the only one whose id contains the text; without a text the first that leaks. */
export function chooseCell({ cells }: RunResult, text: string | undefined): CellPlan {
  const ids = cells.map(({ cell }) => cell.id);
  if (text === undefined) {
    const found = cells.find(leaks);
    if (found !== undefined) return found.cell;
    throw new TidemarkError('usage', 'no cell of this run leaks: there is nothing to explain', {
      hint: `choose one all the same, with --cell ${ids[0] ?? 'ID'}`,
    });
  }
  const exact = cells.filter(({ cell }) => cell.id === text);
  const found = exact.length > 0 ? exact : cells.filter(({ cell }) => cell.id.includes(text));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.cell;
  const what =
    found.length === 0 ? 'no cell of this run is' : `${found.length} cells of this run are`;
  throw new TidemarkError('usage', `${what} called '${text}'`, {
    hint: `there are: ${ids.join(', ')}`,
  });
}

/** Every leaking cell once, however often it was repeated. */
export const leakingCells = ({ cells }: RunResult): CellPlan[] => {
  const found = cells.filter(leaks).map(({ cell }) => cell);
  const nameOf = ({ id }: CellPlan): string => id.replace(/#\d+$/, '');
  return found.filter((cell, at) => found.findIndex((one) => nameOf(one) === nameOf(cell)) === at);
};
