import type { CellExplanation, ExplainFinding } from '../harness/contracts/explain.ts';
import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { escapeMarkdown, fenced } from '../harness/lib/format-safe.ts';
import { cut } from '../harness/lib/table.ts';
import { certainty, explanationOf, suspectText } from './_explanations.ts';

const mostFindings = 6;
const longest = 1000;
const safe = (text: string): string => escapeMarkdown(cut(text, longest));

/** Details that a maintainer follows; the rest stays in the other reports. */
const TOLD = new Set(['all owners', 'nearest classes', 'holds', 'also kept there']);

/** What the explain run of this cell found for certain: the suspect, and each finding with its path to the source. */
export function issueExplanation(cell: CellAnalysis, result: RunResult): string[] {
  const found = explanationOf(result, cell);
  if (found === undefined || found.suspect === null) return [];
  const certain = found.findings.filter(({ state }) => state === 'growing' || state === 'slow');
  const { rest, suspect } = split(certain, found);
  const listed = rest.slice(0, mostFindings).map((one) => `- ${certainty(one)}${safe(one.says)}`);
  return [
    `**Suspect**: ${safe(suspectText(found))}.`,
    ...(suspect === undefined ? [] : pathOf(suspect)),
    ...(listed.length === 0 ? [] : ['Also found to grow:', listed.join('\n')]),
    `Found in a fresh process over ${found.looksAfter.at(-1) ?? 0} cycles, by looks after cycles ${found.looksAfter.join(', ')}.`,
  ];
}

function split(
  findings: readonly ExplainFinding[],
  { suspect: says }: CellExplanation,
): { readonly suspect: ExplainFinding | undefined; readonly rest: readonly ExplainFinding[] } {
  const suspect = findings.find((one) => one.says === says);
  return { suspect, rest: findings.filter((one) => one !== suspect) };
}

function pathOf({ trace, details }: ExplainFinding): string[] {
  const lines = details
    .filter(({ label }) => TOLD.has(label))
    .map(({ label, text }) => `${label}: ${text}`);
  const all = [...trace, ...lines].map((line) => cut(line, longest));
  return all.length === 0 ? [] : [fenced(all)];
}
