import type { CellAnalysis, RunResult, VerdictKind } from '../harness/contracts/result.ts';

/** One cell as a gate sees it: where an answer was declared, it is the declaration that gates. */
export interface Outcome {
  readonly cell: CellAnalysis;
  readonly verdict: VerdictKind;
  /** One sentence. */
  readonly says: string;
}

export function outcomesOf(result: RunResult): Outcome[] {
  return result.cells.map((cell, i) => {
    const judged = result.verdicts[i];
    const verdict = judged?.verdict ?? 'broken';
    const says = judged?.because ?? 'nothing was measured';
    const { failure } = cell;
    const declared = result.truths.filter((truth) => truth.cell === cell.cell.id);
    if (declared.length === 0 || (failure !== null && verdict === 'broken')) {
      return { cell, verdict, says };
    }
    const wrong = declared.find(({ holds }) => !holds);
    const found = `${cell.classification.kind}, as declared: ${says}`;
    if (wrong === undefined) return { cell, verdict: 'pass', says: found };
    const expected = wrong.expected.join(' or ');
    return {
      cell,
      verdict: WRONG[wrong.got] ?? 'fail',
      says: `declared as ${expected}, found ${wrong.got}: ${says}`,
    };
  });
}

/** A declaration that was not refuted is not held either. */
const WRONG: Readonly<Record<string, VerdictKind>> = {
  broken: 'broken',
  undecided: 'inconclusive',
};

/** Declarations about cells that the run does not have. */
export function idleTruths({ cells, truths }: RunResult): string[] {
  const known = new Set(cells.map(({ cell }) => cell.id));
  return truths.filter(({ cell }) => !known.has(cell)).map(({ cell }) => cell);
}
