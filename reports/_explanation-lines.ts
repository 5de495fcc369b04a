import type { CellExplanation } from '../harness/contracts/explain.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { wrap } from '../harness/lib/table.ts';
import { certainty, suspectText } from './_explanations.ts';

const mostFindings = 4;

/** For the terminal: the suspect, and what else was found; the whole is in report.md and in explain/findings.json. */
export function explanationLines(
  found: CellExplanation | undefined,
  { width, paint }: { readonly width: number; readonly paint: (text: string) => string },
): string[] {
  if (found === undefined) return [];
  const line = (label: string, text: string): string[] =>
    wrap(`  ${oneLine(label)}: ${oneLine(text)}`, width, '    ');
  const others = found.findings.filter(({ says }) => says !== found.suspect);
  const suspect = line('suspect', suspectText(found));
  return [
    ...suspect.map((text) => (found.suspect === null ? text : paint(text))),
    ...others.slice(0, mostFindings).flatMap((one) => line('found', certainty(one) + one.says)),
    ...(others.length > mostFindings
      ? [`  and ${others.length - mostFindings} more findings`]
      : []),
    ...found.explainers.flatMap(({ title, problems }) =>
      problems.flatMap((problem) => line(`not looked at (${title})`, problem)),
    ),
  ];
}
