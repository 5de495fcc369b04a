import type { RunResult, VerdictKind } from '../harness/contracts/result.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { alignRows, visibleWidth } from '../harness/lib/table.ts';
import { kindOf } from './_kind-of.ts';
import { decidingMetric, shortFigure } from './_metric-words.ts';

export type PaintVerdict = (text: string, verdict: VerdictKind) => string;

const TABLE_METRICS = ['managed.live', 'threads.total', 'fds.total'];

/** One row per cell: the metric that decides it, by name, then what else every cell has. */
export function sideBySide(
  result: RunResult,
  { paint, width }: { readonly paint: PaintVerdict; readonly width: number },
): string[] {
  if (result.cells.length < 2) return [];
  const shown = TABLE_METRICS.filter((id) =>
    result.cells.some(({ metrics }) => metrics.some((metric) => metric.id === id)),
  );
  const titleOf = (id: string): string =>
    result.cells.flatMap(({ metrics }) => metrics.find((metric) => metric.id === id) ?? [])[0]
      ?.title ?? id;
  const rows = result.cells.map((cell, i) => {
    const kind = result.verdicts[i]?.verdict ?? 'broken';
    const deciding = decidingMetric(cell);
    return [
      oneLine(cell.cell.id),
      paint(`${kindOf(cell)} ${kind}`, kind),
      deciding === undefined ? '-' : `${oneLine(deciding.title)} ${shortFigure(deciding)}`,
      ...shown.map((id) => {
        const metric = cell.metrics.find((one) => one.id === id && one.series.values.length > 0);
        return metric === undefined ? '-' : shortFigure(metric);
      }),
    ];
  });
  const header = ['per cycle', 'verdict', 'decided by', ...shown.map(titleOf)];
  const lines = asWideAsFits([header, ...rows], width);
  return [...lines, ''];
}

/** Without the room for all columns the last ones go: they are in the block of the cell. */
function asWideAsFits(rows: readonly (readonly string[])[], width: number): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  for (let shown = columns; shown > 2; shown -= 1) {
    const lines = alignRows(rows.map((row) => row.slice(0, shown)));
    if (lines.every((line) => visibleWidth(line) <= width)) return lines;
  }
  return alignRows(rows.map((row) => row.slice(0, 2)));
}
