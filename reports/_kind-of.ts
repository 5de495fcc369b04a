import type { CellAnalysis } from '../harness/contracts/result.ts';

/** `undecided` is an answer of the judge: what was never measured has none. */
export const kindOf = ({ classification, cyclesDone }: CellAnalysis): string =>
  cyclesDone === 0 ? 'not measured' : classification.kind;
