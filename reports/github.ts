import type { RunResult, VerdictKind } from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { plural } from '../harness/lib/format.ts';
import { escapeMarkdown } from '../harness/lib/format-safe.ts';
import { cut, markdownTable } from '../harness/lib/table.ts';
import { executorTable } from './_executor-table.ts';
import { decidingMetric, figure } from './_metric-words.ts';
import { outcomesOf } from './_outcomes.ts';
import { type CellGroup, groupRepeats } from './_repeats.ts';

/** `cat github.md >> "$GITHUB_STEP_SUMMARY"`: short, the rest is in the artefacts. */
export default defineReport({
  id: 'github',
  title: 'GitHub job summary',
  fileName: 'github.md',
  render: (result) =>
    `${[
      `## ${SIGNS[result.verdict]} tidemark: ${result.verdict}${declared(result)}`,
      ...cellTable(result),
      ...executors(result),
      ...swaps(result),
      ...skipped(result),
      ...notes(result),
      `Run ${safe(result.runId)}, tidemark ${safe(result.plan.tidemarkVersion)}, exit code ${result.exitCode}.`,
    ].join('\n\n')}\n`,
});

const SIGNS: Readonly<Record<VerdictKind, string>> = {
  pass: '✅',
  warn: '⚠️',
  fail: '❌',
  inconclusive: '❔',
  broken: '💥',
};

/** A summary may have 1 MiB: so many rows of so many characters stay under it. */
const mostRows = 200;
const mostCharacters = 500;
const mostGroups = 20;
const safe = (text: string): string => escapeMarkdown(cut(text, mostCharacters));

const declared = ({ truths, exitCode }: RunResult): string =>
  truths.length > 0 && exitCode === 0 ? ', as declared' : '';

function cellTable(result: RunResult): string[] {
  const groups = groupRepeats(outcomesOf(result));
  if (groups.length === 0) return ['Nothing was measured.'];
  const header = ['', 'cell', 'it is', 'decided by', 'because'];
  const table = markdownTable(header, groups.slice(0, mostRows).map(row));
  const more = groups.length - mostRows;
  return more > 0 ? [table, `And ${plural(more, 'more cell')}.`] : [table];
}

function row({ id, worst, alike, repeats }: CellGroup): string[] {
  const { cell, verdict, says } = worst;
  const metric = decidingMetric(cell);
  const times = repeats > 1 ? ` (${alike} of ${repeats} repeats ${verdict})` : '';
  return [
    `${SIGNS[verdict]} ${verdict}`,
    safe(id),
    `${cell.cyclesDone === 0 ? 'not measured' : `**${cell.classification.kind}**`}${times}`,
    metric === undefined ? '' : safe(`${metric.title} ${figure(metric)}`),
    safe(says),
  ];
}

function executors(result: RunResult): string[] {
  return result.executors
    .slice(0, mostGroups)
    .map(executorTable)
    .flatMap(({ title, header, rows, says }) => [
      `Executors of ${safe(title)}:`,
      markdownTable(
        header,
        rows.map((row) => row.map(safe)),
      ),
      says.map((sentence) => `- ${safe(sentence)}`).join('\n'),
    ]);
}

/** What an axis does is worth a line only where it does something, or is proven to do nothing. */
function swaps({ comparisons, ladders }: RunResult): string[] {
  const steps = ladders.map(
    ({ cells, says }) => `- ladder (${safe(cells[0] ?? '')}): ${safe(says)}`,
  );
  const changes = comparisons
    .filter(({ answer }) => answer !== 'undecided')
    .slice(0, 20)
    .map(({ axis, from, says }) => `- ${axis} swap (${safe(from)}): ${safe(says)}`);
  const lines = [...steps, ...changes];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function skipped({ plan }: RunResult): string[] {
  if (plan.skipped.length === 0) return [];
  const rows = plan.skipped
    .slice(0, mostRows)
    .map(({ cell, reason, hint }) => [cell.id, reason, hint ?? ''].map(safe));
  return [markdownTable(['skipped', 'why', 'try'], rows)];
}

function notes({ warnings, tighterBudgets }: RunResult): string[] {
  const lines = [...warnings, ...tighterBudgets.map(({ says }) => says)].slice(0, 50);
  return lines.length === 0 ? [] : [lines.map((line) => `- ${safe(line)}`).join('\n')];
}
