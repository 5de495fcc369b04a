/** Accepted runs: stored in one file that is committed, and compared with. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { ratesOf } from './analyze/gate/cell-rates.ts';
import { compareRates } from './analyze/gate/compare-rates.ts';
import { BASELINE_HISTORY, type BaselineFile, baselineFileSchema } from './contracts/baseline.ts';
import { TidemarkError } from './contracts/errors.ts';
import type { AcceptedRun, Against, MetricRate, RegressionReport } from './contracts/gate.ts';
import { describeMetric } from './contracts/measurement.ts';
import type { Budget } from './contracts/plan.ts';
import type { RunResult } from './contracts/result.ts';
import { nearest } from './lib/nearest.ts';
import { judgeRun, resolveRunDir } from './pipeline.ts';

export const BASELINE_FILE = 'tidemark-baseline.json';
export const DEFAULT_BASELINE = 'default';

const hint = 'tidemark baseline save <run> writes it';

/** The baselines of a file; null when there is none. */
export function readBaselines(file: string): BaselineFile | null {
  if (!existsSync(file)) return null;
  try {
    const parsed = baselineFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') || 'the file';
    const why = `${where}: ${issue?.message ?? 'not valid'}`;
    throw new TidemarkError('usage', `${file} is no baseline: ${why}`, { hint });
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    throw new TidemarkError('usage', `${file} is not whole JSON`, { hint, cause });
  }
}

/** A run or a baseline, as something to compare with. */
export interface Side extends Against {
  /** Of a run: its own; a baseline has none. */
  readonly budgets: readonly Budget[];
}

/** `FILE`, `FILE#NAME`, or the folder of a run. */
export async function loadSide(text: string): Promise<Side> {
  const at = text.lastIndexOf('#');
  const [file, named] =
    existsSync(text) || at < 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  if (!existsSync(file)) {
    throw new TidemarkError('usage', `${file} does not exist`, {
      hint: 'give a run, or a baseline file as tidemark baseline save writes it',
    });
  }
  if (statSync(file).isDirectory() || file.endsWith('.ndjson')) {
    const result = await judgeRun(resolveRunDir(file));
    const accepted = acceptedRun(result, result.startedAt);
    return { name: `run ${result.runId}`, accepted, budgets: result.plan.budgets };
  }
  return { ...fromBaseline(file, named), budgets: [] };
}

/** The same as a run's plan keeps it. */
export async function loadAgainst(text: string): Promise<Against> {
  const { budgets: _, ...against } = await loadSide(text);
  return against;
}

function fromBaseline(file: string, named = DEFAULT_BASELINE): Against {
  const all = readBaselines(file)?.baselines ?? {};
  const history = all[named];
  const [accepted] = history ?? [];
  if (accepted === undefined) {
    const guess = nearest(named, Object.keys(all)) ?? Object.keys(all)[0];
    throw new TidemarkError('usage', `${file} has no baseline '${named}'`, {
      hint: guess === undefined ? hint : `did you mean ${file}#${guess}?`,
    });
  }
  const oldest = history?.at(-1);
  return {
    name: `baseline ${named} of ${accepted.acceptedOn}`,
    accepted,
    ...(oldest === undefined || oldest === accepted ? {} : { oldest }),
  };
}

/** What of a result is worth keeping: no series, no paths, no machine. */
function acceptedRun(result: RunResult, at: string): AcceptedRun {
  return {
    runId: result.runId,
    acceptedOn: at.slice(0, 10),
    tidemarkVersion: result.plan.tidemarkVersion,
    cells: ratesOf(result.cells),
  };
}

export interface SaveOptions {
  readonly file: string;
  readonly name: string;
  readonly result: RunResult;
  readonly now: Date;
}

/** Accepts a run: it becomes the newest of its baseline, and the oldest beyond the history is forgotten. */
export function saveBaseline({ file, name, result, now }: SaveOptions): AcceptedRun {
  const broken = result.cells.filter(
    ({ failure, cyclesDone }) => failure !== null || cyclesDone === 0,
  );
  if (broken.length > 0 || result.cells.length === 0) {
    const which = broken[0]?.cell.id ?? 'the run';
    throw new TidemarkError('usage', `${which} was not measured to its end: it is no baseline`, {
      hint: 'run it again (tidemark run --resume), then save',
    });
  }
  const before = readBaselines(file) ?? { schemaVersion: 1 as const, baselines: {} };
  const accepted = acceptedRun(result, now.toISOString());
  const stored = { ...accepted, cells: accepted.cells.map(compact) };
  const older = (before.baselines[name] ?? []).filter(({ runId }) => runId !== result.runId);
  const baselines = {
    ...before.baselines,
    [name]: [stored, ...older].slice(0, BASELINE_HISTORY),
  };
  const text = JSON.stringify({ schemaVersion: 1, baselines }, null, 2);
  writeFileSync(file, `${text}\n`);
  return accepted;
}

/** Four digits are more than any interval has, and a count that never moved needs none. */
function compact(cell: AcceptedRun['cells'][number]): AcceptedRun['cells'][number] {
  const moved = Object.entries(cell.metrics).filter(([id, rate]) => !isQuietKind(id, rate));
  const metrics = moved
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { slopePerCycle, standardError, spread, ...rest }]) => [
      id,
      {
        slopePerCycle: short(slopePerCycle),
        standardError: short(standardError),
        spread: spread === null ? null : short(spread),
        ...rest,
      },
    ]);
  return { ...cell, metrics: Object.fromEntries(metrics) };
}

const isQuietKind = (id: string, { slopePerCycle, standardError }: MetricRate): boolean =>
  describeMetric(id).unit === 'count' &&
  !id.endsWith('.total') &&
  slopePerCycle === 0 &&
  standardError === 0;

const short = (value: number): number =>
  Math.abs(value) < 1e-6 ? 0 : Number(value.toPrecision(4));

/** What is now against what was before; the budgets that say what is allowed are those of the newer side. */
export function compareSides(before: Side, now: Side): RegressionReport {
  const report = compareRates(before, now.accepted.cells, now.budgets);
  if (report.metrics.length > 0) return report;
  throw new TidemarkError('usage', `${before.name} and ${now.name} have no cell in common`, {
    hint: report.notes[0] ?? 'compare runs of the same scenario, target, executor and allocator',
  });
}
