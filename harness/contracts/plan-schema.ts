import { z } from 'zod';
import { classificationKindSchema } from './config.ts';

/** The part of a result that was known before anything ran; `result-schema.ts` has the rest and checks both. */
export const opt = z.exactOptional;
export const text = z.string();
export const number = z.number();
export const texts = z.array(text);

export const level = z.enum(['off', 'warn', 'error']);
export const kind = classificationKindSchema;

export const cellPlan = z.object({
  id: text,
  scenario: text,
  target: z.object({ id: text, version: opt(text), variants: z.record(text, text), text }),
  executor: text,
  allocator: text,
  repeat: number,
  pace: opt(z.enum(['cycles', 'time'])),
  step: opt(z.object({ parameter: text, value: text })),
});
const selector = z.object({
  scenario: opt(text),
  target: opt(text),
  executor: opt(text),
  allocator: opt(text),
});
export const budget = z.object({
  metric: text,
  level,
  maxPerCycle: number,
  per: opt(z.literal('minute')),
  reason: opt(text),
  confidence: opt(number),
  regressionPerCycle: opt(number),
  only: opt(selector),
});
export const ceiling = z.object({
  metric: text,
  level,
  max: number,
  reason: opt(text),
  only: opt(selector),
});
const suppression = z.object({
  fingerprint: text,
  reason: text,
  issue: text,
  expires: text,
  maxPerCycle: opt(number),
});
const rate = z.object({
  slopePerCycle: number,
  standardError: number,
  spread: number.nullable(),
  repeats: number,
  cycles: number,
  gates: z.boolean(),
  per: opt(z.literal('minute')),
});
const acceptedRun = z.object({
  runId: text,
  acceptedOn: text,
  tidemarkVersion: text,
  cells: z.array(
    z.object({
      scenario: text,
      target: text,
      executor: text,
      allocator: text,
      classification: text,
      metrics: z.record(text, rate),
    }),
  ),
});

export const plan = z.object({
  schemaVersion: z.literal(1),
  runId: text,
  createdAt: text,
  tidemarkVersion: text,
  settings: z.object({
    cycles: number,
    untilDecided: z.boolean(),
    repeats: number,
    idleTailMs: number,
    settleTimeoutMs: number,
    cycleTimeoutMs: number,
    memoryLimitBytes: number,
    stop: z.enum(['never', 'if-inconsistent', 'always']),
    command: opt(text),
    parameters: z.record(text, z.union([text, number, z.boolean()])),
  }),
  budgets: z.array(budget),
  ceilings: opt(z.array(ceiling)),
  suppressions: opt(z.array(suppression)),
  against: opt(z.object({ name: text, accepted: acceptedRun, oldest: opt(acceptedRun) })),
  shard: opt(z.object({ index: number, of: number, cells: z.array(cellPlan) })),
  notes: opt(texts),
  cells: z.array(cellPlan),
  skipped: z.array(z.object({ cell: cellPlan, reason: text, hint: opt(text) })),
  truths: z.array(z.object({ cell: text, expect: z.array(kind), reason: z.optional(text) })),
  reports: texts,
  network: z.object({ kind: z.enum(['private', 'host']), reason: text }),
  machine: z.object({
    kernel: text,
    arch: text,
    cpus: number,
    memoryBytes: number,
    libc: text,
    node: text,
    transparentHugePages: text,
    idleNoise: opt(
      z.object({ measuredAt: text, kernel: text, deviations: z.record(text, number) }).nullable(),
    ),
  }),
});
