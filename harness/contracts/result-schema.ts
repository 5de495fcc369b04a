import { z } from 'zod';
import { display, explanation } from './extras-schema.ts';
import {
  budget,
  ceiling,
  cellPlan,
  kind,
  level,
  number,
  opt,
  plan,
  text,
  texts,
} from './plan-schema.ts';
import type { RunResult } from './result.ts';

/**
 * What `result.json` holds, as a schema for other programs. `result.ts` is what this project reads; the two types below
 * do not compile when one of them says what the other does not. Objects are open: a field more is no breach.
 */
const numbers = z.record(text, number);
/** Of an interval: null in the file where it is not known; inside the program that is the largest number. */
const bound = number.nullable() as unknown as typeof number;
const unit = z.enum(['bytes', 'count', 'ms']);
const check = z.enum(['pass', 'warn', 'fail', 'inconclusive', 'off']);
const verdict = z.enum(['pass', 'warn', 'fail', 'inconclusive', 'broken']);

const trend = z.object({
  shape: z.enum(['steady', 'warm-up', 'growing', 'decelerating', 'stepped', 'undecided']),
  slopePerCycle: number,
  intervalLow: bound,
  intervalHigh: bound,
  minimumDetectableSlope: number.nullable(),
  cyclesToDecide: number.nullable(),
  window: z.object({ from: number, to: number }),
  endSlopePerCycle: number,
  straight: z.object({ slope: number, error: number }).optional(),
  noise: number,
  cyclesSeen: number,
  pGrowing: number,
  reason: text,
});
const metric = z.object({
  id: text,
  title: text,
  unit,
  role: z.enum(['live', 'count', 'pinned', 'trimmable', 'anonymous', 'unexplained', 'info']),
  series: z.object({ cycles: z.array(number), values: z.array(number) }),
  trend,
  budget: budget.nullable(),
  check,
  missing: number,
  cyclesPerMinute: opt(number),
  openedBySpread: opt(z.literal(true)),
  ownInterval: opt(z.tuple([bound, bound])),
});
const ceilingCheck = z.object({
  metric: text,
  title: text,
  unit,
  ceiling,
  highest: number.nullable(),
  cycle: number.nullable(),
  check,
});
const failure = z.object({
  kind: z.enum([
    'target-died',
    'target-hung',
    'memory-limit',
    'service-failed',
    'allocator-unproven',
    'too-many-retries',
    'start-failed',
    'interrupted',
    'internal',
  ]),
  cycle: number,
  reason: text,
  isOpen: opt(z.literal(true)),
});
const proof = z.object({ allocator: text, evidence: text });
const cell = z.object({
  cell: cellPlan,
  cyclesDone: number,
  cyclesPlanned: number,
  failure: failure.nullable(),
  proof: proof.nullable(),
  jobProof: proof.nullable(),
  facts: z
    .object({ versions: z.record(text, text), launchCommand: text, nativeBinaries: texts })
    .nullable(),
  metrics: z.array(metric),
  breakdown: z.array(z.object({ cycle: number, resident: number, parts: numbers })),
  sizeClasses: z.array(
    z.object({
      sizeBytes: number,
      countPerCycle: number,
      bytesPerCycle: number,
      wholeMultiple: number.nullable(),
    }),
  ),
  idleTails: z.array(
    z.object({
      kind: z.enum(['left', 'joined']),
      seconds: number,
      change: numbers,
      rising: texts,
    }),
  ),
  classification: z.object({
    kind,
    leaking: texts,
    driver: z.enum(['cycles', 'time']).nullable(),
    why: text,
    wouldDecide: text.nullable(),
    evidence: z.array(z.object({ rule: text, says: text, supports: kind })),
  }),
  ceilings: opt(z.array(ceilingCheck)),
  display,
  quality: z.object({
    exactWalks: number,
    consistentWalks: number,
    failedWalks: number,
    unsettledSamples: number,
    retriedCycles: number,
    stoppedMs: number,
    probeErrors: texts,
  }),
});

const comparison = z.object({
  axis: z.enum(['scenario', 'target', 'executor', 'allocator']),
  from: text,
  to: text,
  metric: text,
  slopeFrom: number,
  slopeTo: number,
  answer: z.enum(['same', 'allocator', 'different', 'undecided']),
  says: text,
});
const repeated = z.object({
  cell: text,
  runs: number,
  found: z.array(kind),
  metrics: z.array(
    z.object({
      id: text,
      title: text,
      unit,
      isPerMinute: opt(z.literal(true)),
      slopes: z.array(number),
      slopePerCycle: number,
      standardError: number,
      intervalLow: bound,
      intervalHigh: bound,
    }),
  ),
  says: text,
});
const estimate = { value: number, low: number, high: number };
const seen = z.object({ atRest: number.nullable(), running: number.nullable() });
const executorRow = z.object({
  executor: text,
  cells: texts,
  found: z.array(kind),
  leftBehind: z.array(
    z.object({
      ...estimate,
      metric: text,
      title: text,
      unit,
      state: z.enum(['grows', 'settled', 'open']),
    }),
  ),
  costWhileRunning: z.object(estimate).nullable(),
  afterIdle: z.object({ seconds: number, change: number }).nullable(),
  threads: seen,
  processes: seen,
  roles: z.record(text, seen),
});
const regression = z.object({
  cell: text,
  before: text,
  metric: text,
  title: text,
  unit,
  per: opt(z.literal('minute')),
  slopeBefore: number,
  slopeNow: number,
  difference: number,
  intervalLow: bound,
  intervalHigh: bound,
  allowed: number,
  couldSee: number.nullable(),
  answer: z.enum(['worse', 'better', 'same', 'undecided']),
  gates: z.boolean(),
  says: text,
});
const budgetCheck = z.object({
  cell: text,
  metric: text,
  title: text,
  kind: z.enum(['growth', 'ceiling', 'baseline']),
  level,
  check,
  says: text,
  reason: text.nullable(),
});
const finding = z.object({
  cell: text,
  fingerprint: text,
  kind: text,
  metric: text.nullable(),
  accepted: text.nullable(),
  refused: text.nullable(),
});

export const resultSchema = z.object({
  schemaVersion: z.literal(1),
  runId: text,
  startedAt: text,
  finishedAt: text,
  plan,
  cells: z.array(cell),
  verdicts: z.array(z.object({ cell: text, verdict, because: text })),
  comparisons: z.array(comparison),
  repeats: z.array(repeated),
  ladders: z.array(z.object({ cells: texts, beginsAt: text.nullable(), says: text })),
  executors: z.array(
    z.object({
      scenario: text,
      target: text,
      allocator: text,
      pace: z.enum(['cycles', 'time']),
      rows: z.array(executorRow),
      says: texts,
    }),
  ),
  tighterBudgets: z.array(
    z.object({ metric: text, maxPerCycle: number, couldBe: number, says: text }),
  ),
  budgetChecks: opt(z.array(budgetCheck)),
  findings: opt(z.array(finding)),
  regressions: opt(z.object({ name: text, metrics: z.array(regression), notes: texts })),
  truths: z.array(
    z.object({
      cell: text,
      expected: z.array(kind),
      got: z.union([kind, z.literal('broken')]),
      holds: z.boolean(),
    }),
  ),
  verdict,
  exitCode: number,
  exitCodes: z.array(number),
  warnings: texts,
  explanations: opt(z.array(explanation)),
});

type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };
type Written = DeepReadonly<z.input<typeof resultSchema>>;
type Fits<A extends B, B> = A;
/** Every result fits the schema. */
export type ResultFitsSchema = Fits<RunResult, Written>;
/** What fits the schema has everything that a result must have. */
export type SchemaFitsResult = Fits<Written, RunResult>;
