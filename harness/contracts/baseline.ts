import { z } from 'zod';

/** Not strict: a file written by a later version stays readable. */
const rateSchema = z.object({
  slopePerCycle: z.number(),
  standardError: z.number().nonnegative(),
  spread: z.number().nonnegative().nullable(),
  repeats: z.number().int().positive(),
  cycles: z.number().int().nonnegative(),
  gates: z.boolean(),
  per: z.exactOptional(z.literal('minute')),
});

const cellSchema = z.object({
  scenario: z.string(),
  target: z.string(),
  executor: z.string(),
  allocator: z.string(),
  classification: z.string(),
  metrics: z.record(z.string(), rateSchema),
});

const acceptedSchema = z.object({
  runId: z.string(),
  acceptedOn: z.iso.date(),
  tidemarkVersion: z.string(),
  cells: z.array(cellSchema),
});

/** `tidemark-baseline.json`: by name the runs that were accepted, newest first. It is committed, so it is small. */
export const baselineFileSchema = z.object({
  schemaVersion: z.literal(1),
  baselines: z.record(z.string(), z.array(acceptedSchema).min(1)),
});
export type BaselineFile = z.infer<typeof baselineFileSchema>;

/** How many accepted runs a baseline remembers. */
export const BASELINE_HISTORY = 10;
