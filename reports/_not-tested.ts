import type { RunResult } from '../harness/contracts/result.ts';
import { plural } from '../harness/lib/format.ts';
import { escapeMarkdown } from '../harness/lib/format-safe.ts';
import { isExplained } from './_explanations.ts';

/** What a reader could take for tested and was not: skipped and broken cells, other allocators, longer runs, causes. */
export function notTested(result: RunResult): string[] {
  const { cells, plan, warnings } = result;
  const allocators = new Set(plan.cells.map(({ allocator }) => allocator));
  const seen = Math.max(0, ...cells.map(({ cyclesDone }) => cyclesDone));
  const lines = [
    ...plan.skipped.map(
      ({ cell, reason, hint }) =>
        `${cell.id}: skipped, ${reason}${hint === undefined ? '' : ` (${hint})`}`,
    ),
    ...cells.flatMap(({ cell, failure }) =>
      failure === null
        ? []
        : [`${cell.id} after cycle ${failure.cycle}: ${failure.kind}, ${failure.reason}`],
    ),
    ...(allocators.size === 1 ? ['another allocator: no allocator swap was made'] : []),
    ...(plan.settings.repeats === 1 ? ['the spread between runs: every cell ran once'] : []),
    `anything beyond cycle ${seen}`,
    ...(isExplained(result)
      ? []
      : ['the cause: no heap snapshot and no allocation profile was taken']),
    ...cells.flatMap(({ cell, quality }) => [
      ...quality.probeErrors.map((error) => `${cell.id}: ${error}`),
      ...(quality.failedWalks > 0
        ? [
            `${cell.id}: ${plural(quality.failedWalks, 'heap walk')} contradicted themselves and were left out`,
          ]
        : []),
    ]),
    ...warnings,
  ];
  return [lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')];
}
