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

/** The judge writes an unbounded interval as the largest number, which may have been turned into GiB: nobody wants to read that. */
export function isKnown(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) < 1e290;
}

/** For `JSON.stringify`: what is not known is null there. */
export function knownOrNull(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !isKnown(value) ? null : value;
}

export function formatAmount(value: number, unit: Unit): string {
  const { size, name } = scaleFor(value, unit);
  return withName(formatNumber(value / size), name);
}

/** With its sign: `+0.47 MiB`, `-3 KiB`, `0 B`. */
export function formatChange(value: number, unit: Unit): string {
  return `${value > 0 ? '+' : ''}${formatAmount(value, unit)}`;
}

/** `+0.47 MiB/cycle`, `+1/cycle`; `/minute` of a call that is held. */
export function formatRate(value: number, unit: Unit, per: Per = 'cycle'): string {
  return `${formatChange(value, unit)}/${per}`;
}

export type Per = 'cycle' | 'minute';

export interface Slope {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface SlopeText {
  /** `0.402 MiB`: without a sign for growth, as in a sentence. */
  readonly amount: string;
  /** `[0.401, 0.403]`, in the unit and with the digits of the amount. */
  readonly interval: string;
}

/** Digits that the interval cannot tell are left out, those that it can are kept: `0.402 MiB` beside `[0.401, 0.403]`. */
export function formatSlope(slope: Slope, unit: Unit): SlopeText {
  return formatIn(slope, slopeScale(slope, unit));
}

function formatIn(slope: Slope, { size, name }: Scale): SlopeText {
  const all = [slope.value, slope.low, slope.high].map((value) => value / size);
  const decimals = decimalsFor(all);
  const [value = '', low = '', high = ''] = withoutSharedZeros(
    all.map((number) => (isKnown(number) ? number.toFixed(decimals) : '')),
  );
  return {
    amount: withName(value === '' ? '?' : value, name),
    interval: `[${low === '' ? '-∞' : low}, ${high === '' ? '∞' : high}]`,
  };
}

/** A slope near 0 inside a wide interval is written in the unit of the interval. */
function slopeScale({ value, low, high }: Slope, unit: Unit): Scale {
  const widest = Math.max(...[value, low, high].filter(isKnown).map(Math.abs), 0);
  return scaleFor(Math.abs(value) < widest / 100 ? widest / 10 : value, unit);
}

const mostSignificant = 4;

/** A step of the last digit is half the interval or less; two digits of the slope at least, four of the largest at most. */
function decimalsFor([value = 0, low = 0, high = 0]: readonly number[]): number {
  const known = [value, low, high].filter(isKnown).map(Math.abs);
  const width = isKnown(low) && isKnown(high) ? high - low : 0;
  // Two digits of a slope that is lost in its interval would say nothing: there two of the interval are enough.
  const telling = Math.abs(value) >= width / 10 ? value : width;
  const wanted =
    width > 0 ? Math.max(-exponent(width / 2), 1 - exponent(telling)) : mostSignificant;
  const most = mostSignificant - 1 - exponent(Math.max(...known, 0));
  return Math.max(0, Math.min(wanted, most, 6));
}

const exponent = (value: number): number =>
  value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) + 1e-9);

/** `3.000 [3.000, 3.000]` is `3 [3, 3]`. A rounded-off minus zero loses its sign. */
function withoutSharedZeros(numbers: readonly string[]): string[] {
  let shown = numbers.map((text) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text));
  const isCut = (text: string): boolean => text === '' || /\.\d*0$/.test(text);
  while (shown.some((text) => text !== '') && shown.every(isCut)) {
    shown = shown.map((text) => text.replace(/\.?0$/, ''));
  }
  return shown;
}

/** `[0.46, 0.48]` in the unit that `like` is written in, so that it can be read beside it. */
export function formatInterval(
  low: number,
  high: number,
  like: { readonly value: number; readonly unit: Unit },
): string {
  return formatIn({ value: like.value, low, high }, scaleFor(like.value, like.unit)).interval;
}

/** `28,976`: sizes of chunks are names, and long ones. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
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
