import { existsSync, statSync } from 'node:fs';
import type { ColumnBudget, JudgedColumn } from '../analyze/judge-columns.ts';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { formatInterval, formatRate, knownOrNull } from '../lib/format.ts';
import { oneLine } from '../lib/format-safe.ts';
import { padEnd } from '../lib/table.ts';
import { parsePerCycle, parsePerMinute } from '../lib/units.ts';
import { judgeCsv } from '../pipeline.ts';

export interface CsvFlags {
  csv?: string;
  budget?: string[];
  json?: boolean;
}

function toJson({ metric, trend }: JudgedColumn) {
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

const widestName = 40;

function line({ metric, unit, per, trend }: JudgedColumn, width: number): string {
  const slope = formatRate(trend.slopePerCycle, unit, per);
  const interval = formatInterval(trend.intervalLow, trend.intervalHigh, {
    value: trend.slopePerCycle,
    unit,
  });
  return `${padEnd(oneLine(metric), width)} ${trend.shape.padEnd(13)} ${slope} ${interval}  ${trend.reason}`;
}

function exitCodeOf(columns: readonly JudgedColumn[]): ExitCode {
  if (columns.some(({ check }) => check === 'fail')) return EXIT.found;
  return columns.some(({ check }) => check === 'inconclusive') ? EXIT.inconclusive : EXIT.pass;
}

/** `16KiB/cycle` for all columns, `rss=1MiB/minute` for one; a name may hold `=` itself. */
function readBudget(text: string): ColumnBudget {
  const at = text.lastIndexOf('=');
  const rate = text.slice(at + 1);
  const perCycle = parsePerCycle(rate);
  const max = perCycle ?? parsePerMinute(rate);
  if (max === null) {
    throw new TidemarkError('usage', `--budget '${text}' is not a rate`, {
      hint: 'write 16KiB/cycle or 0/cycle, 1MiB/minute where the file tells times, or NAME=16KiB/cycle for one column',
    });
  }
  return {
    metric: at < 0 ? null : text.slice(0, at),
    max,
    isSize: /[a-z]/i.test(rate.split('/')[0] ?? ''),
    per: perCycle === null ? 'minute' : 'cycle',
  };
}

function checkFile(csv: string): void {
  if (csv === '-') return;
  const hint = 'check the path after --csv';
  if (!existsSync(csv)) throw new TidemarkError('usage', `${csv} does not exist`, { hint });
  if (statSync(csv).isDirectory()) {
    throw new TidemarkError('usage', `${csv} is a folder, not a CSV file`, { hint });
  }
}

/** `tidemark analyze --csv FILE`: judges series that people already have; one row is one cycle. */
export function analyzeCsv({ csv = '', budget = [], json }: CsvFlags): ExitCode {
  checkFile(csv);
  const { columns, notes } = judgeCsv(csv, budget.map(readBudget));
  const width = Math.min(widestName, Math.max(20, ...columns.map(({ metric }) => metric.length)));
  if (json) process.stdout.write(`${JSON.stringify(columns.map(toJson), knownOrNull, 2)}\n`);
  else process.stdout.write(`${columns.map((column) => line(column, width)).join('\n')}\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
  return exitCodeOf(columns);
}
