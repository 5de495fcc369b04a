import type { CellExplanation, ExplainFinding } from '../harness/contracts/explain.ts';
import type { RunResult } from '../harness/contracts/result.ts';
import { escapeMarkdown, fenced } from '../harness/lib/format-safe.ts';
import { certainty, lookedWith, suspectText } from './_explanations.ts';

const mostFindings = 10;
const safe = escapeMarkdown;

/** The explain run of each cell: suspect, findings with their paths, how it was looked at. */
export const explanations = ({ explanations: all = [] }: RunResult): string[] =>
  all.flatMap(explanationLines);

function explanationLines(found: CellExplanation): string[] {
  const { cell, findings } = found;
  return [
    `**${safe(cell.id)}**: ${safe(suspectText(found))}.`,
    ...findings.slice(0, mostFindings).flatMap(findingLines),
    ...(found.failure === null ? [] : [`The explain run broke: ${safe(found.failure)}.`]),
    lookedWith(found)
      .map((line) => `- looked with ${safe(line)}`)
      .join('\n'),
  ].filter((text) => text !== '');
}

function findingLines(finding: ExplainFinding): string[] {
  const details = finding.details.map(({ label, text }) => `${label}: ${text}`);
  const lines = [...finding.trace, ...details];
  return [
    `${certainty(finding)}${safe(finding.says)} (${finding.explainer})`,
    ...(lines.length === 0 ? [] : [fenced(lines)]),
  ];
}
