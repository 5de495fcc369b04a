import type { JudgeOptions } from '../../contracts/trend.ts';
import { formatNumber, formatAmount as formatUnit } from '../../lib/format.ts';

/** "3.2 KiB per cycle", "0.25 per cycle". */
export function formatSlope(slope: number, options: JudgeOptions): string {
  return `${formatAmount(slope, options)} per cycle`;
}

export function formatAmount(value: number, options: JudgeOptions): string {
  if (options.unit !== undefined) return `${formatNumber(value)} ${options.unit}`;
  return formatUnit(value, options.kind === 'count' ? 'count' : 'bytes');
}
