import { z } from 'zod';

const notNames = "it is a list of names, as ['glibc', 'jemalloc']";
const notBudget = "a budget is ['error', { max: '16KiB/cycle', reason: '...' }]";

const names = z.array(z.string().min(1), notNames).min(1, notNames);

function wholeNumber(most: number) {
  const says = `it is a whole number from 1 to ${most}`;
  return z.number(says).int(says).min(1, says).max(most, says);
}

const notSize = "not a size: write '512MiB' or '2GiB'";
const notDuration = "not a duration: write '500ms', '30s' or '2m'";

/** `64KiB`, `2MiB`, `300B` or a plain number of bytes. No flags: a JSON schema cannot carry them. */
const size = z.union(
  [
    z.number().int(notSize).nonnegative(notSize),
    z.string().regex(/^\d+(\.\d+)?\s*([Bb]|[KMGkmg][Ii]?[Bb])?$/, notSize),
  ],
  notSize,
);
/** `30s`, `2m`, `500ms` or a plain number of milliseconds. A text needs its unit: nobody means 5 ms by `--idle-tail 5`. */
const duration = z.union(
  [
    z.number().nonnegative(notDuration),
    z.string().regex(/^(\d+(\.\d+)?\s*(ms|s|m|h)|0)$/, notDuration),
  ],
  notDuration,
);

/** `16KiB/cycle`, `0/cycle`, `1MiB/minute`. */
const rate = z
  .string("a rate is needed, as '16KiB/cycle' or '0/cycle'")
  .regex(
    /^\d+(\.\d+)?\s*([Bb]|[KMGkmg][Ii]?[Bb])?\/(cycle|minute)$/,
    "not a rate: write '16KiB/cycle' or '0/cycle'",
  );

const budgetLevelSchema = z.enum(
  ['off', 'warn', 'error'],
  'the level of a budget is off, warn or error',
);
const budgetSchema = z.tuple(
  [
    budgetLevelSchema,
    z.strictObject({
      /** Growth: `16KiB/cycle` or `0/cycle`; `1MiB/minute` for scenarios that hold one call. */
      max: rate.optional(),
      /** Ceiling: the most it may be at rest after any cycle, as `200MiB` or, for counts, `40`. */
      peak: size.optional(),
      /** How sure a pass must be (default 0.95); over 0.99 a breach must be that sure too. */
      confidence: z
        .number()
        .min(0.8, 'confidence is from 0.8 to 0.999')
        .max(0.999, 'confidence is from 0.8 to 0.999')
        .optional(),
      /** Compared with a baseline: how much more growth than there is still accepted, per cycle or minute as `max`. */
      regression: rate.optional(),
      reason: z.string().optional(),
    }),
  ],
  notBudget,
);
const budgets = z.record(z.string(), budgetSchema);

/** Budgets of the cells that fit every axis that is named; they go before those for all cells. */
const overrideSchema = z.strictObject({
  scenario: z.string().min(1).optional(),
  /** `rtc-node` for every version, `rtc-node@1.1.0` for one. */
  target: z.string().min(1).optional(),
  executor: z.string().min(1).optional(),
  allocator: z.string().min(1).optional(),
  budgets,
});

/** A known finding, accepted until a day: what every report prints beside it as its fingerprint. */
const suppressionSchema = z.strictObject({
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'a fingerprint is 12 hexadecimal digits, as reports print it'),
  reason: z.string('a suppression needs a reason').min(1, 'a suppression needs a reason'),
  issue: z.url('a suppression needs the address of an issue'),
  expires: z.iso.date('write the last day of a suppression as 2026-12-31'),
  /** Accepted up to this growth only. */
  max: rate.optional(),
});

const CLASSIFICATIONS = [
  'leak',
  'fragmentation',
  'retention',
  'warm-up',
  'steady',
  'mixed',
  'undecided',
] as const;
export const classificationKindSchema = z.enum(
  CLASSIFICATIONS,
  `it is one of ${CLASSIFICATIONS.join(', ')}`,
);

const truthSchema = z.strictObject({
  /** Every cell whose id contains this text has a known answer. */
  cell: z.string().min(1),
  expect: z.array(classificationKindSchema).min(1),
  reason: z.string().optional(),
});

/** Where runs are kept unless `out` says otherwise. */
export const DEFAULT_OUT = 'reports/out';

/** What a person writes in `tidemark.config.*`; a typo in a key is an error that names the key. */
export const configSchema = z.strictObject({
  /** For editors: `node_modules/tidemark/docs/schema/config.json`. */
  $schema: z.string().optional(),
  scenarios: names.optional(),
  targets: names.optional(),
  executors: names.optional(),
  allocators: names.optional(),
  cycles: wholeNumber(100_000).optional(),
  /** Look at 25, 50, 100 and 200 cycles and stop as soon as the answer is safe. */
  untilDecided: z.boolean().optional(),
  /** Every step of the scenario's ladder is a cell; says at which one growth begins. */
  ladder: z.boolean().optional(),
  repeats: wholeNumber(100).optional(),
  idleTail: duration.optional(),
  settleTimeout: duration.optional(),
  cycleTimeout: duration.optional(),
  memoryLimit: size.optional(),
  stop: z
    .enum(['never', 'if-inconsistent', 'always'], 'it is never, if-inconsistent or always')
    .optional(),
  budgets: budgets.optional(),
  overrides: z.array(overrideSchema).optional(),
  suppressions: z.array(suppressionSchema).optional(),
  /** A baseline file (`FILE` or `FILE#NAME`), or a run: growth may not be worse than there. */
  against: z.string().min(1).optional(),
  /** For target `program` and `agent-worker`: the command line to run. */
  command: z.string().min(1, 'it is empty: give the command line to run').optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  truths: z.array(truthSchema).optional(),
  reports: names.optional(),
  out: z.string().min(1).optional(),
});
export type Config = z.infer<typeof configSchema>;
export type BudgetConfig = z.infer<typeof budgetSchema>;
export type OverrideConfig = z.infer<typeof overrideSchema>;
export interface Truth {
  readonly cell: string;
  readonly expect: readonly z.infer<typeof classificationKindSchema>[];
  readonly reason?: string | undefined;
}
