import { z } from 'zod';
import { cellPlan, number, text, texts } from './plan-schema.ts';

/** What of a result is for drawing (`display.ts`) and what a second run found (`explain.ts`). */
const points = { cycles: z.array(number), values: z.array(number) };
const perMetric = z.record(text, number);

export const display = z.object({
  metrics: z.record(text, z.object({ ...points, fitAtCentre: number.nullable() })),
  breakdown: z
    .object({
      cycles: z.array(number),
      resident: z.array(number),
      parts: z.record(text, z.array(number)),
    })
    .nullable(),
  idleTails: z.array(
    z.object({ kind: z.enum(['left', 'joined']), metrics: z.record(text, z.object(points)) }),
  ),
  checkpoints: z.array(
    z.object({
      name: z.enum(['start', 'settled', 'joined', 'left', 'left+gc', 'left+idle', 'left+trim']),
      cycle: number,
      values: perMetric,
    }),
  ),
});

export const explanation = z.object({
  cell: cellPlan,
  startedAt: text,
  looksAfter: z.array(number),
  suspect: text.nullable(),
  findings: z.array(
    z.object({
      explainer: text,
      state: z.enum(['growing', 'slow', 'hint', 'bounded so far']),
      says: text,
      countPerCycle: number.nullable(),
      bytesPerCycle: number.nullable(),
      isOfEngine: z.boolean().optional(),
      trace: texts,
      details: z.array(z.object({ label: text, text })),
    }),
  ),
  explainers: z.array(
    z.object({ id: text, title: text, cost: text, seconds: number, problems: texts }),
  ),
  failure: text.nullable(),
  files: texts,
  redacted: z.boolean(),
});
