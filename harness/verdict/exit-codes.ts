import { EXIT, type ExitCode } from '../contracts/errors.ts';
import type { CellAnalysis, CellVerdict, TruthCheck, VerdictKind } from '../contracts/result.ts';

/** Several at once: the first of these is the exit code of the process. */
const ORDER: readonly ExitCode[] = [
  EXIT.usage,
  EXIT.interrupted,
  EXIT.found,
  EXIT.broken,
  EXIT.inconclusive,
  EXIT.pass,
];

const BY_VERDICT: Readonly<Record<VerdictKind, ExitCode>> = {
  pass: EXIT.pass,
  warn: EXIT.pass,
  fail: EXIT.found,
  inconclusive: EXIT.inconclusive,
  broken: EXIT.broken,
};

/** Every exit code that applies, most important first; never empty, and never 0 alone when nothing was measured. */
export function exitCodesOf(
  cells: readonly CellAnalysis[],
  verdicts: readonly CellVerdict[],
  truths: readonly TruthCheck[],
): ExitCode[] {
  const known = new Set(cells.map(({ cell }) => cell.id));
  const codes = new Set<ExitCode>(truths.map((truth) => codeOfTruth(truth, known)));
  for (const [i, cell] of cells.entries()) {
    if (cell.failure !== null) codes.add(codeOfFailure(cell));
    // Where the answer is declared, it is the declaration that gates: a declared leak has to be found.
    if (truths.some((truth) => truth.cell === cell.cell.id)) continue;
    const verdict = verdicts[i]?.verdict ?? 'broken';
    if (verdict !== 'broken' || cell.failure === null) codes.add(BY_VERDICT[verdict]);
  }
  if (cells.every(({ cyclesDone }) => cyclesDone === 0)) codes.add(EXIT.broken);
  // 0 beside a worse code says nothing.
  if (codes.size > 1) codes.delete(EXIT.pass);
  return ORDER.filter((code) => codes.has(code));
}

function codeOfTruth({ cell, got, holds }: TruthCheck, known: ReadonlySet<string>): ExitCode {
  if (holds) return EXIT.pass;
  // A broken cell has said with its failure what it was: an interrupt is not the harness breaking.
  if (got === 'broken') return known.has(cell) ? EXIT.pass : EXIT.broken;
  return got === 'undecided' ? EXIT.inconclusive : EXIT.found;
}

const codeOfFailure = ({ failure }: CellAnalysis): ExitCode =>
  failure?.kind === 'interrupted' ? EXIT.interrupted : EXIT.broken;
