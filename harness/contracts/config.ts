import { z } from 'zod';

const names = z.array(z.string().min(1)).min(1);

/** `64KiB`, `2MiB`, `300B` or a plain number of bytes. */
const size = z.union([
  z.number().int().nonnegative(),
  z.string().regex(/^\d+(\.\d+)?\s*(B|[KMG]i?B)?$/i),
]);
/** `30s`, `2m`, `500ms` or a plain number of milliseconds. */
const duration = z.union([
  z.number().nonnegative(),
  z.string().regex(/^\d+(\.\d+)?\s*(ms|s|m|h)?$/),
]);

export const budgetLevelSchema = z.enum(['off', 'warn', 'error']);
export const budgetSchema = z.tuple([
  budgetLevelSchema,
  z.strictObject({
    /** `16KiB/cycle` or `0/cycle`; `1MiB/minute` for scenarios that hold one call. */
    max: z.string().regex(/^\d+(\.\d+)?\s*(B|[KMG]i?B)?\/(cycle|minute)$/i),
    reason: z.string().optional(),
  }),
]);

export const classificationKindSchema = z.enum([
  'leak',
  'fragmentation',
  'retention',
  'warm-up',
  'steady',
  'mixed',
  'undecided',
]);

export const truthSchema = z.strictObject({
  /** Every cell whose id contains this text has a known answer. */
  cell: z.string().min(1),
  expect: z.array(classificationKindSchema).min(1),
  reason: z.string().optional(),
});

/** What a person writes in `tidemark.config.*`; a typo in a key is an error that names the key. */
export const configSchema = z.strictObject({
  scenarios: names.optional(),
  targets: names.optional(),
  executors: names.optional(),
  allocators: names.optional(),
  cycles: z.number().int().min(1).max(100_000).optional(),
  /** Look at 25, 50, 100 and 200 cycles and stop as soon as the answer is safe. */
  untilDecided: z.boolean().optional(),
  /** Every step of the scenario's ladder is a cell; says at which one growth begins. */
  ladder: z.boolean().optional(),
  repeats: z.number().int().min(1).max(100).optional(),
  idleTail: duration.optional(),
  settleTimeout: duration.optional(),
  cycleTimeout: duration.optional(),
  memoryLimit: size.optional(),
  stop: z.enum(['never', 'if-inconsistent', 'always']).optional(),
  budgets: z.record(z.string(), budgetSchema).optional(),
  /** For target `program` and `agent-worker`: the command line to run. */
  command: z.string().min(1).optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  truths: z.array(truthSchema).optional(),
  reports: names.optional(),
  out: z.string().min(1).optional(),
});
export type Config = z.infer<typeof configSchema>;
export type BudgetConfig = z.infer<typeof budgetSchema>;
export type Truth = z.infer<typeof truthSchema>;
