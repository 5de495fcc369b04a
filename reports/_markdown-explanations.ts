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
  const { cell } = found;
  const suspect = found.findings.find(({ says }) => says === found.suspect);
  const others = found.findings.filter((one) => one !== suspect);
  return [
    suspect === undefined
      ? `**${safe(cell.id)}**: ${safe(suspectText(found))}.`
      : `**${safe(cell.id)}**: ${said(suspect)}`,
    ...(suspect === undefined ? [] : pathOf(suspect)),
    ...others.slice(0, mostFindings).flatMap((one) => [said(one), ...pathOf(one)]),
    ...(found.failure === null ? [] : [`The explain run broke: ${safe(found.failure)}.`]),
    lookedWith(found)
      .map((line) => `- looked with ${safe(line)}`)
      .join('\n'),
  ].filter((text) => text !== '');
}

const said = (one: ExplainFinding): string =>
  `${certainty(one)}${safe(one.says)} (${one.explainer})`;

function pathOf({ trace, details }: ExplainFinding): string[] {
  const lines = [...trace, ...details.map(({ label, text }) => `${label}: ${text}`)];
  return lines.length === 0 ? [] : [fenced(lines)];
}
