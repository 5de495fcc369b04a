import { type BatchInput, type BatchReading, readBatches } from './batch-rule.ts';
import type { Jumps } from './jumps.ts';

/** In fewer there are too few batches on either side of a step. */
const fewestCycles = 40;
const mostSureSteps = 2;
const sureScales = 10;

interface Parted {
  readonly sure: Steps;
  readonly rest: Steps;
}

export type Steps = Pick<Jumps, 'at' | 'sizes'>;

/** Steps up that are far above the noise and above every other jump, when they are few. */
export function partSteps({ at, sizes, scale }: Jumps): Parted {
  const large = sizes.map((size) => Math.abs(size) > sureScales * scale);
  const count = large.filter(Boolean).length;
  const least = Math.min(...sizes.filter((_, j) => large[j]));
  const apart = sizes.every((size, j) => (large[j] ? size > 0 : 3 * Math.abs(size) < least));
  const isSure = count <= mostSureSteps && apart;
  const pick = (sure: boolean): Steps => {
    const kept = at.flatMap((_, j) => ((isSure && large[j] === true) === sure ? [j] : []));
    return { at: kept.map((j) => at[j] ?? 0), sizes: kept.map((j) => sizes[j] ?? 0) };
  };
  return { sure: pick(true), rest: pick(false) };
}

interface BatchedInput extends Omit<BatchInput, 'values' | 'steadyAlpha'> {
  readonly jumps: Jumps;
  readonly batches: BatchReading;
}

/** Sure steps are taken out before the batches are read: they would be all that ranks see. */
export function batchesWithout({ at, sizes }: Steps, input: BatchedInput): BatchReading {
  const { cycles, jumps, limit, alpha, batches } = input;
  if (at.length === 0 || cycles.length < fewestCycles) return batches;
  const values = jumps.clipped.slice();
  at.forEach((from, j) => {
    const size = sizes[j] ?? 0;
    for (let i = from; i < values.length; i += 1) values[i] = (values[i] ?? 0) - size;
  });
  return readBatches({ cycles, values, limit, alpha, steadyAlpha: alpha });
}

/** Jumps before the batches begin cannot have fooled them. */
export function netAfter({ at, sizes }: Steps, start: number): number {
  return at.reduce((net, i, j) => (i > start ? net + (sizes[j] ?? 0) : net), 0);
}
