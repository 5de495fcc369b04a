import type { VerdictKind } from '../harness/contracts/result.ts';
import type { Outcome } from './_outcomes.ts';

const WORST: readonly VerdictKind[] = ['fail', 'broken', 'inconclusive', 'warn', 'pass'];

/** All repeats of one cell, as one thing to say. */
export interface CellGroup {
  /** Id of the cell without its `#n`. */
  readonly id: string;
  readonly worst: Outcome;
  /** Repeats that are as bad as the worst one. */
  readonly alike: number;
  readonly repeats: number;
}

/** One per cell, never multiplied by its repeats; worst first. */
export function groupRepeats(outcomes: readonly Outcome[]): CellGroup[] {
  const ids = [...new Set(outcomes.map(idOf))];
  return ids
    .flatMap((id): CellGroup[] => {
      const own = outcomes.filter((outcome) => idOf(outcome) === id);
      const worst = own.toSorted((a, b) => badness(a) - badness(b))[0];
      if (worst === undefined) return [];
      const alike = own.filter(({ verdict }) => verdict === worst.verdict).length;
      return [{ id, worst, alike, repeats: own.length }];
    })
    .sort((a, b) => badness(a.worst) - badness(b.worst));
}

const idOf = ({ cell: { cell } }: Outcome): string =>
  cell.repeat > 1 ? cell.id.replace(new RegExp(`#${cell.repeat}$`), '') : cell.id;

const badness = ({ verdict }: Outcome): number => WORST.indexOf(verdict);
