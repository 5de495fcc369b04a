import type { SampleBody } from '../contracts/ledger.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { Budget } from '../contracts/plan.ts';
import type { IdleTail } from '../contracts/result.ts';
import { budgetFor } from './budget-for.ts';
import { readMetric } from './collect-series.ts';
import { middle } from './plain-trend.ts';

/** Fewer looks during one call are samples of a call, not a tail. */
const fewestLooks = 3;
const fewestToRise = 5;
/** A tail must add what several cycles may: buffers fill for a moment in any held room. */
const budgetsToRise = 4;
/** Of what the first half added the second must add this share: a buffer that fills adds half of it or less, noise aside. */
const keepsPace = 0.8;
/** Below this many looks bytes must rise in every one and counts fall in none; from there on most must rise. */
const manyLooks = 15;
/** Standard errors of Kendall's S: one-sided 99 %. */
const certain = 2.33;

export interface TailInput {
  readonly samples: readonly SampleBody[];
  readonly checkpoints: readonly SampleBody[];
  readonly budgets: readonly Budget[];
}

/** What moved while nothing was done: in a held room (`joined`), and after the last cycle (`left`). */
export function readIdleTails({ budgets, ...looks }: TailInput): IdleTail[] {
  return idleLooks(looks).map((tail) => readTail(tail.kind, tail.looks, budgets));
}

/** The looks of each tail, from the one it is measured from. */
export function idleLooks({
  samples,
  checkpoints,
}: Omit<TailInput, 'budgets'>): { kind: IdleTail['kind']; looks: readonly SampleBody[] }[] {
  const held = checkpoints.filter(({ checkpoint }) => checkpoint === 'joined');
  const lastHeld = held.at(-1)?.cycle;
  const joined = held.filter(({ cycle }) => cycle === lastHeld);
  const idle = checkpoints.filter(({ checkpoint }) => checkpoint === 'left+idle');
  const before = samples.at(-1);
  const left = idle.length === 0 || before === undefined ? idle : [before, ...idle];
  return [
    ...(joined.length >= fewestLooks ? [{ kind: 'joined' as const, looks: joined }] : []),
    ...(left.length >= 2 ? [{ kind: 'left' as const, looks: left }] : []),
  ];
}

function readTail(
  kind: IdleTail['kind'],
  looks: readonly SampleBody[],
  budgets: readonly Budget[],
): IdleTail {
  const first = looks[0];
  const last = looks.at(-1);
  const change: Record<string, number> = {};
  if (first !== undefined && last !== undefined) {
    for (const id of metricsOf(first)) {
      const from = readMetric(first, id);
      const to = readMetric(last, id);
      if (from !== null && to !== null && from !== to) change[id] = to - from;
    }
  }
  const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
  const rising = Object.keys(change).filter((id) => keepsRising(id, looks, budgets));
  return { kind, seconds, change, rising };
}

export const metricsOf = (sample: SampleBody): string[] => [
  ...new Set(Object.values(sample.probes).flatMap(({ values }) => Object.keys(values))),
];

/** Live bytes or a count that surely rises, as much late as early, by several budgets in all. */
function keepsRising(
  id: string,
  looks: readonly SampleBody[],
  budgets: readonly Budget[],
): boolean {
  const { role } = describeMetric(id);
  if (role !== 'live' && role !== 'count') return false;
  const values = looks.flatMap((look) => readMetric(look, id) ?? []);
  if (values.length < fewestToRise || !risesSurely(values, role)) return false;
  const third = Math.ceil(values.length / 3);
  const start = middle(values.slice(0, third));
  const centre = middle(values.slice(third, values.length - third));
  const end = middle(values.slice(values.length - third));
  const least = budgetsToRise * Math.max(budgetFor(id, budgets)?.maxPerCycle ?? 0, 1);
  return centre > start && end - centre >= keepsPace * (centre - start) && end - start >= least;
}

/** M. G. Kendall 1955: pairs that rise less pairs that fall, against what chance does to it. */
function risesSurely(values: readonly number[], role: 'live' | 'count'): boolean {
  const n = values.length;
  if (n < manyLooks) {
    // A count has no noise: it may rest between two steps.
    const least = role === 'count' ? 0 : Number.MIN_VALUE;
    return values.every((value, i) => i === 0 || value - (values[i - 1] ?? 0) >= least);
  }
  let score = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) score += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
  }
  return score - 1 >= certain * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}
