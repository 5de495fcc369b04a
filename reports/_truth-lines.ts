import type { RunResult, TruthCheck } from '../harness/contracts/result.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { alignRows, visibleWidth, wrap } from '../harness/lib/table.ts';
import type { PaintVerdict } from './_side-by-side.ts';

interface TruthOptions {
  readonly paint: PaintVerdict;
  readonly width: number;
}

/** What was declared beside what was found: a table, or a sentence each where that is too wide. */
export function truthLines({ truths }: RunResult, { paint, width }: TruthOptions): string[] {
  if (truths.length === 0) return [];
  const held = ({ got, holds }: TruthCheck): string => {
    if (holds) return paint('holds', 'pass');
    return paint('does not hold', got === 'undecided' ? 'inconclusive' : 'fail');
  };
  const rows = truths.map((truth) => [
    oneLine(truth.cell),
    truth.expected.join(' or '),
    truth.got,
    held(truth),
  ]);
  const lines = alignRows([['declared truth', 'expected', 'found', ''], ...rows]);
  if (lines.every((line) => visibleWidth(line) <= width)) return [...lines, ''];
  const sentences = truths.flatMap((truth) =>
    wrap(
      `declared truth ${held(truth)}: ${oneLine(truth.cell)} is ${truth.got}, expected ${truth.expected.join(' or ')}`,
      width,
      '  ',
    ),
  );
  return [...sentences, ''];
}
