import type { JudgeOptions } from '../../contracts/trend.ts';

/** "3.2 KB per cycle", "0.25 per cycle". Units are decimal: a slope is compared, never addressed. */
export function formatSlope(slope: number, options: JudgeOptions): string {
  return `${formatAmount(slope, options)} per cycle`;
}

export function formatAmount(value: number, options: JudgeOptions): string {
  if (options.unit !== undefined) return `${short(value)} ${options.unit}`;
  if (options.kind === 'count') return short(value);
  const size = Math.abs(value);
  if (size >= 1e9) return `${short(value / 1e9)} GB`;
  if (size >= 1e6) return `${short(value / 1e6)} MB`;
  if (size >= 1e3) return `${short(value / 1e3)} KB`;
  return `${short(value)} B`;
}

function short(value: number): string {
  if (value === 0) return '0';
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? 3 : 2)));
}
