import { existsSync } from 'node:fs';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { Trend } from '../contracts/trend.ts';
import { formatInterval, formatRate } from '../lib/format.ts';
import { parsePerCycle } from '../lib/units.ts';
import { judgeCsv } from '../pipeline.ts';

export interface CsvFlags {
  csv?: string;
  budget?: string;
  json?: boolean;
}

type Judged = ReturnType<typeof judgeCsv>['columns'][number];

function toJson({ metric, trend }: Judged) {
  return {
    metric,
    shape: trend.shape,
    slopePerCycle: trend.slopePerCycle,
    intervalLow: trend.intervalLow,
    intervalHigh: trend.intervalHigh,
    minimumDetectableSlope: trend.minimumDetectableSlope,
    cyclesToDecide: trend.cyclesToDecide,
    endSlopePerCycle: trend.endSlopePerCycle,
    reason: trend.reason,
  };
}

function line({ metric, trend }: Judged): string {
  const unit = describeMetric(metric).unit;
  const slope = formatRate(trend.slopePerCycle, unit);
  const interval = formatInterval(trend.intervalLow, trend.intervalHigh, {
    value: trend.slopePerCycle,
    unit,
  });
  return `${metric.padEnd(20)} ${trend.shape.padEnd(13)} ${slope} ${interval}  ${trend.reason}`;
}

function exitCodeOf(trends: readonly Trend[]): ExitCode {
  if (trends.some(({ shape }) => shape === 'growing')) return EXIT.found;
  const isOpen = (shape: Trend['shape']): boolean =>
    shape === 'undecided' || shape === 'decelerating';
  return trends.some(({ shape }) => isOpen(shape)) ? EXIT.inconclusive : EXIT.pass;
}

/** `tidemark analyze --csv FILE`: judges series that people already have; one row is one cycle. */
export function analyzeCsv({ csv = '', budget, json }: CsvFlags): ExitCode {
  if (!existsSync(csv))
    throw new TidemarkError('usage', `${csv} does not exist`, {
      hint: 'check the path after --csv',
    });
  const perCycle = budget === undefined ? undefined : parsePerCycle(budget);
  if (perCycle === null) {
    throw new TidemarkError('usage', `--budget '${budget}' is not a rate`, {
      hint: 'write 16KiB/cycle or 0/cycle',
    });
  }
  const { columns, notes } = judgeCsv(csv, perCycle);
  if (json) process.stdout.write(`${JSON.stringify(columns.map(toJson), null, 2)}\n`);
  else process.stdout.write(`${columns.map(line).join('\n')}\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
  return exitCodeOf(columns.map(({ trend }) => trend));
}
