import type { Unit } from '../contracts/measurement.ts';

const STEPS: readonly { readonly from: number; readonly size: number; readonly name: string }[] = [
  { from: 1024 ** 3, size: 1024 ** 3, name: 'GiB' },
  // From a tenth on: `0.47 MiB` compares at a glance with `3.2 MiB`, `481 KiB` does not.
  { from: 0.1 * 1024 ** 2, size: 1024 ** 2, name: 'MiB' },
  { from: 1024, size: 1024, name: 'KiB' },
];

export interface Scale {
  readonly size: number;
  /** Empty for counts. */
  readonly name: string;
}

/** The unit a value of this size is read best in. */
export function scaleFor(value: number, unit: Unit): Scale {
  if (unit !== 'bytes') return { size: 1, name: unit === 'ms' ? 'ms' : '' };
  const size = Math.abs(value);
  return STEPS.find((step) => size >= step.from) ?? { size: 1, name: 'B' };
}

/** Three significant digits, at most two below the point, no trailing zeros: 0.47, 12.3, 1234. Unknown (no number, or endless) is `?`. */
export function formatNumber(value: number): string {
  if (!isKnown(value)) return '?';
  if (Math.abs(value) >= 1000) return String(Math.round(value));
  const short = Number(Number(value.toPrecision(3)).toFixed(2));
  return Object.is(short, -0) ? '0' : String(short);
}

/** The judge writes an unbounded interval as the largest number: nobody wants to read that. */
export function isKnown(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) < 1e300;
}

export function formatAmount(value: number, unit: Unit): string {
  const { size, name } = scaleFor(value, unit);
  return withName(formatNumber(value / size), name);
}

/** With its sign: `+0.47 MiB`, `-3 KiB`, `0 B`. */
export function formatChange(value: number, unit: Unit): string {
  return `${value > 0 ? '+' : ''}${formatAmount(value, unit)}`;
}

/** `+0.47 MiB/cycle`, `+1/cycle`. */
export function formatRate(value: number, unit: Unit): string {
  return `${formatChange(value, unit)}/cycle`;
}

/** `[0.46, 0.48]` in the unit that `like` is written in, so that it can be read beside it. */
export function formatInterval(
  low: number,
  high: number,
  like: { readonly value: number; readonly unit: Unit },
): string {
  const { size } = scaleFor(like.value, like.unit);
  return `[${bound(low, size, '-')}, ${bound(high, size, '')}]`;
}

/** An unbounded side says so. */
function bound(value: number, size: number, sign: '-' | ''): string {
  if (!isKnown(value)) return `${sign}∞`;
  return formatNumber(value / size);
}

/** `2 min 5 s`, `40 s`, `350 ms`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${formatNumber(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds - 60 * minutes);
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function withName(number: string, name: string): string {
  return name === '' ? number : `${number} ${name}`;
}
