import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import { autoregressive, noise } from './generators.ts';
import { type Source, seededSource } from './random.ts';

/** Noise a 95 % interval has to hold under; slopes in KB per cycle, budget 0.5. */
export const coverageNoises: readonly {
  readonly id: string;
  readonly make: (source: Source, n: number) => Float64Array;
}[] = [
  { id: 'white and 5 % spikes', make: (source, n) => noise(source, n, 0) },
  { id: 'AR .5', make: (source, n) => autoregressive(n, 0.5, () => 23 * source.normal()) },
  { id: 'AR .5 and 5 % spikes', make: (source, n) => noise(source, n) },
  { id: 'AR .5 and 15 % spikes', make: heavySpikes },
];
const slopes = [0, 4, 16] as const;

function heavySpikes(source: Source, n: number): Float64Array {
  return noise(source, n).map((value) =>
    source.uniform() < 0.1 ? value + 40 * source.uniform() ** (-1 / 1.5) : value,
  );
}

export interface CoverageOptions {
  readonly points: number;
  readonly repetitions: number;
  readonly seed: number;
}

/** How often the true slope lies outside the interval. */
export function measureMisses(id: string, slope: number, options: CoverageOptions): number {
  const make = coverageNoises.find((one) => one.id === id)?.make;
  if (make === undefined) throw new Error(`no noise is called ${id}`);
  let misses = 0;
  for (let i = 0; i < options.repetitions; i += 1) {
    const source = seededSource(options.seed * 100_003 + i * 7919 + options.points);
    const values = Array.from(make(source, options.points), (e, k) => 20_000 + e + slope * (k + 1));
    const cycles = values.map((_, k) => k + 1);
    const trend = judgeSeries({ cycles, values }, { budgetPerCycle: 0.5 });
    if (slope < trend.intervalLow || slope > trend.intervalHigh) misses += 1;
  }
  return misses / options.repetitions;
}

export function coverageTable(options: Omit<CoverageOptions, 'points'>): string {
  const sizes = [50, 100, 200];
  const lines = ['### The true slope lies outside the 95 % interval', ''];
  lines.push(`| noise | slope | ${sizes.map((n) => `n = ${n}`).join(' | ')} |`);
  lines.push('| --- | --- | --- | --- | --- |');
  for (const { id } of coverageNoises) {
    for (const slope of slopes) {
      const cells = sizes.map((points) =>
        measureMisses(id, slope, { ...options, points }).toFixed(3),
      );
      lines.push(`| ${id} | ${slope} | ${cells.join(' | ')} |`);
    }
  }
  return lines.join('\n');
}
