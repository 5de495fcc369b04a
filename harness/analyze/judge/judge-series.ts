import type { JudgeOptions, SeriesPoints, Shape, Trend } from '../../contracts/trend.ts';
import { type BatchReading, readBatches } from './batch-rule.ts';
import { formatSlope } from './format-slope.ts';
import { median } from './numbers.ts';

const fewestCycles = 15;
/** A count with budget 0 breaches when its slope is surely over this; 1 in 20 cycles is the slowest leak worth a name. */
const countLimit = 0.05;

export function judgeSeries(points: SeriesPoints, options: JudgeOptions): Trend {
  const clean = readable(points);
  const n = clean.values.length;
  if (n < fewestCycles) return tooFew(clean, n);
  const limit = limitOf(options);
  const reading = readBatches({ ...clean, limit, alpha: options.alpha ?? 0.01 });
  const noise = noiseAround(clean, reading);
  const span = (clean.cycles[n - 1] ?? 0) - (clean.cycles[reading.start] ?? 0);
  const error = (reading.high - reading.low) / 3.92;
  const shape = shapeOf(reading);
  const missing = Math.max(error, 0);
  const detectable = limit + 3.6 * missing;
  const gap = Math.abs(reading.slope - limit);
  return {
    shape,
    slopePerCycle: reading.slope,
    intervalLow: reading.low,
    intervalHigh: reading.high,
    minimumDetectableSlope: detectable,
    cyclesToDecide:
      shape === 'undecided' && gap > 0
        ? Math.ceil(n * Math.min(20, Math.max(1.2, ((3 * error) / gap) ** (2 / 3))))
        : null,
    window: { from: clean.cycles[reading.start] ?? 0, to: clean.cycles[n - 1] ?? 0 },
    endSlopePerCycle: reading.outcome === 'concave' ? reading.endSlope : reading.slope,
    noise,
    cyclesSeen: span + 1,
    pGrowing: shape === 'growing' ? Math.min(reading.p, 0.01) : Math.max(reading.p, 0.011),
    reason: reasonOf(shape, reading, { limit, span, options }),
  };
}

export function limitOf(options: JudgeOptions): number {
  return options.kind === 'count'
    ? Math.max(options.budgetPerCycle, countLimit)
    : options.budgetPerCycle;
}

function shapeOf(reading: BatchReading): Shape {
  if (reading.outcome === 'concave') return 'decelerating';
  if (reading.outcome === 'open') return 'undecided';
  if (reading.outcome === 'steady' && reading.afterConcave) return 'warm-up';
  return reading.outcome;
}

interface Readable {
  readonly cycles: Float64Array;
  readonly values: Float64Array;
}

/** Unreadable samples are dropped, never filled in: a made-up value would be evidence nobody measured. */
function readable({ cycles, values }: SeriesPoints): Readable {
  const keep = cycles
    .map((_, i) => i)
    .filter((i) => Number.isFinite(cycles[i]) && Number.isFinite(values[i]));
  return {
    cycles: Float64Array.from(keep, (i) => cycles[i] ?? 0),
    values: Float64Array.from(keep, (i) => values[i] ?? 0),
  };
}

function tooFew({ cycles }: Readable, n: number): Trend {
  const from = cycles[0] ?? 0;
  const to = cycles[n - 1] ?? 0;
  return {
    shape: 'undecided',
    slopePerCycle: 0,
    intervalLow: -Number.MAX_VALUE,
    intervalHigh: Number.MAX_VALUE,
    minimumDetectableSlope: null,
    cyclesToDecide: fewestCycles,
    window: { from, to },
    endSlopePerCycle: 0,
    noise: 0,
    cyclesSeen: n === 0 ? 0 : to - from + 1,
    pGrowing: 1,
    reason: `Only ${n} cycles could be read; nothing is said below ${fewestCycles}.`,
  };
}

function noiseAround({ cycles, values }: Readable, reading: BatchReading): number {
  const line = values
    .slice(reading.start)
    .map((v, i) => v - reading.slope * (cycles[reading.start + i] ?? 0));
  const level = median(line);
  return 1.4826 * median(line.map((v) => Math.abs(v - level)));
}

interface ReasonContext {
  readonly limit: number;
  readonly span: number;
  readonly options: JudgeOptions;
}

function reasonOf(shape: Shape, reading: BatchReading, context: ReasonContext): string {
  const slope = formatSlope(reading.slope, context.options);
  const limit = formatSlope(context.limit, context.options);
  switch (shape) {
    case 'growing':
      return `Grows by ${slope} over ${context.span} cycles, surely over the budget of ${limit}.`;
    case 'steady':
    case 'warm-up':
      return reading.low > 0
        ? `Creeps by ${slope}, surely under the budget of ${limit}.`
        : `No growth over the budget of ${limit} is left room for.`;
    case 'decelerating':
      return `Rises ever more slowly; at the end by ${formatSlope(reading.endSlope, context.options)}.`;
    default:
      return `The slope of ${slope} cannot be told from the budget of ${limit} yet.`;
  }
}
