import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startAnalysis } from './analyze/analyze-run.ts';
import { decideEarly } from './analyze/decide-early.ts';
import { judgeSeries } from './analyze/judge/judge-series.ts';
import { type ColumnBudget, judgeColumns } from './analyze/judge-columns.ts';
import { DEFAULT_BUDGETS } from './contracts/budgets.ts';
import type { Config } from './contracts/config.ts';
import { TidemarkError } from './contracts/errors.ts';
import type { CellExplanation } from './contracts/explain.ts';
import type { Against } from './contracts/gate.ts';
import type { LedgerEntry } from './contracts/ledger.ts';
import type { CellPlan, PlugInSource, RunPlan } from './contracts/plan.ts';
import type { Probe, SetupContext } from './contracts/plugins.ts';
import type { RunResult } from './contracts/result.ts';
import type { SeriesPoints, Shape } from './contracts/trend.ts';
import { chooseCell } from './explain/choose-cell.ts';
import { explainCell } from './explain/explain-cell.ts';
import { readFindings, storeFindings } from './explain/findings-file.ts';
import { openLedger } from './ledger/append.ts';
import { cellsInLedger } from './ledger/cells-in-ledger.ts';
import { scanLedger } from './ledger/read.ts';
import { readCsv } from './ledger/read-csv.ts';
import { cacheDir } from './lib/cache-dir.ts';
import { writeText } from './lib/write-text.ts';
import { makePlan } from './plan/make-plan.ts';
import type { Registry } from './registry.ts';
import { holdSecrets, takeSecrets } from './run/held-settings.ts';
import { readIdleNoise } from './run/idle-noise.ts';
import { machineFacts } from './run/machine.ts';
import type { Observer } from './run/observer.ts';
import { prepare } from './run/prepare.ts';
import { planNetwork } from './run/private-network.ts';
import { type CellParts, runCell } from './run/run-cell.ts';
import { dropEmptyRunDir, makeRunId } from './run/run-dir.ts';
import { decide } from './verdict/verdict.ts';

export const PLAN_FILE = 'plan.json';
export const LEDGER_FILE = 'ledger.ndjson';

export interface PlanOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly version: string;
  readonly now: Date;
  /** Four hex digits: two runs of one second get different names. */
  readonly suffix: string;
  /** What the project of the user adds to the registry. */
  readonly userPlugIns?: readonly PlugInSource[];
}

/** Stage 1: config -> plan. Nothing is fetched or written. */
export function planRun(options: PlanOptions): RunPlan {
  const { config, registry, version, now, suffix, userPlugIns = [] } = options;
  return makePlan({
    config,
    plugIns: registry,
    userPlugIns: userPlugIns.map(({ kind, id, file }) => ({ kind, id, file })),
    runId: makeRunId(now, suffix),
    createdAt: now.toISOString(),
    version,
    machine: { ...machineFacts(), idleNoise: readIdleNoise() },
    network: planNetwork(),
  });
}

/** Stage 2: fetch what the plan needs and store the plan. */
export async function setUpRun(
  plan: RunPlan,
  registry: Registry,
  runDir: string,
  ctx: Omit<SetupContext, 'cacheDir'>,
): Promise<RunPlan> {
  const prepared = prepare(plan, registry, { cacheDir: cacheDir(), ...ctx });
  const ready = await prepared.catch((error) => {
    dropEmptyRunDir(runDir);
    throw error;
  });
  writeFileSync(join(runDir, PLAN_FILE), `${JSON.stringify(holdSecrets(ready), null, 2)}\n`);
  return ready;
}

function need<T>(from: ReadonlyMap<string, T>, id: string): T {
  const found = from.get(id);
  if (found === undefined)
    throw new TidemarkError('internal', `the plan names '${id}', which is not installed here`);
  return found;
}

function partsOf(cell: CellPlan, registry: Registry, probes: readonly Probe[]): CellParts {
  const scenario = need(registry.scenarios, cell.scenario);
  return {
    scenario,
    target: need(registry.targets, cell.target.id),
    allocator: need(registry.allocators, cell.allocator),
    services: scenario.services.map((id) => need(registry.services, id)),
    probes,
  };
}

/** Stage 3: run every cell of a stored plan that has not ended yet; the ledger is all that remains. */
export async function measureRun(
  runDir: string,
  registry: Registry,
  observe: Observer,
  signal: AbortSignal,
): Promise<void> {
  const stored = readPlan(runDir);
  const file = join(runDir, LEDGER_FILE);
  const { begun, finished } = await cellsInLedger(file);
  const cells = stored.cells.filter(({ id }) => !finished.has(id));
  if (cells.length === 0) return;
  const plan = takeSecrets(stored);
  const ledger = openLedger(file);
  const probes = [...registry.probes.values()].filter((probe) => probe.cost === 'cheap');
  try {
    for (const [index, cell] of cells.entries()) {
      if (signal.aborted) break;
      observe({ kind: 'cell-starting', cell, index, total: cells.length });
      if (begun.has(cell.id)) ledger.append(superseded(cell.id));
      // Kept only while its cell runs, and only where looks need it: a harness must not grow with its own run.
      const seen: LedgerEntry[] = [];
      await runCell({
        cell,
        parts: partsOf(cell, registry, probes),
        settings: plan.settings,
        cacheDir: cacheDir(),
        runDir,
        append: (entry) => {
          ledger.append(entry);
          if (plan.settings.untilDecided) seen.push(entry);
        },
        ...(plan.settings.untilDecided
          ? { isDecided: (cycle: number) => decideEarly(plan, seen, cycle) }
          : {}),
        now: () => new Date(),
        observe,
        signal,
      });
    }
  } finally {
    ledger.close();
  }
}

const superseded = (cell: string): LedgerEntry => ({
  at: new Date().toISOString(),
  cell,
  type: 'cell-superseded',
  reason: 'the run was resumed',
});

export function readPlan(runDir: string): RunPlan {
  const file = join(runDir, PLAN_FILE);
  if (!existsSync(file)) {
    throw new TidemarkError('usage', `${runDir} holds no ${PLAN_FILE}`, {
      hint: 'give the folder of a run, as run prints it',
    });
  }
  const plan = parsePlan(file);
  if (plan?.schemaVersion === 1 && Array.isArray(plan.cells)) return plan as RunPlan;
  throw new TidemarkError('usage', `${file} is no plan that this version can read`, {
    hint: 'give the folder of a run, as run prints it',
  });
}

function parsePlan(file: string): Partial<RunPlan> | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TidemarkError('usage', `${file} is not whole JSON`, {
      hint: 'the run cannot be read without its plan',
      cause,
    });
  }
}

/** Accepts a run's folder or the ledger in it. */
export function resolveRunDir(path: string): string {
  if (!existsSync(path))
    throw new TidemarkError('usage', `${path} does not exist`, {
      hint: 'give the folder of a run',
    });
  return resolve(statSync(path).isDirectory() ? path : join(path, '..'));
}

/** Stages 4 and 5: ledger -> analysis -> result. Works anywhere, with no server. */
export async function judgeRun(runDir: string, against?: Against): Promise<RunResult> {
  const stored = readPlan(runDir);
  const plan = against === undefined ? stored : { ...stored, against };
  const file = join(runDir, LEDGER_FILE);
  const analysis = startAnalysis(plan);
  const problems = existsSync(file)
    ? await scanLedger(file, analysis.add)
    : ['there is no ledger: nothing was measured'];
  const result = decide(plan, analysis.finish(problems));
  const { cells, problem } = readFindings(runDir);
  return {
    ...result,
    warnings: problem === null ? result.warnings : [...result.warnings, problem],
    ...(cells.length === 0 ? {} : { explanations: cells }),
  };
}

/** The plan with nothing but the cell to explain: the chosen one, else the first that leaks. */
export async function planExplain(runDir: string, cell: string | undefined): Promise<RunPlan> {
  const result = await judgeRun(runDir);
  return { ...result.plan, cells: [chooseCell(result, cell)], skipped: [] };
}

/** Fetches what the cell needs, in case it is not there any more. */
export async function setUpExplain(
  plan: RunPlan,
  registry: Registry,
  ctx: Omit<SetupContext, 'cacheDir'>,
): Promise<void> {
  await prepare(plan, registry, { cacheDir: cacheDir(), ...ctx });
}

export interface ExplainOptions {
  readonly runDir: string;
  /** Id of the cell. */
  readonly cell: string;
  readonly cycles: number;
  readonly registry: Registry;
  readonly keepSnapshots: boolean;
  readonly redact: boolean;
  readonly secondOpinion: boolean;
  readonly observe: Observer;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The costly second run of one cell; what it finds is stored beside the ledger and becomes part of the result. */
export async function explainRun(options: ExplainOptions): Promise<CellExplanation> {
  const { runDir, registry, cell: _, ...rest } = options;
  const plan = takeSecrets(await planExplain(runDir, options.cell));
  const cell = plan.cells[0];
  if (cell === undefined) throw new TidemarkError('internal', 'there is no cell to explain');
  const explanation = await explainCell({
    cell,
    parts: partsOf(cell, registry, []),
    settings: plan.settings,
    cacheDir: cacheDir(),
    runDir,
    explainers: [...registry.explainers.values()],
    now: () => new Date(),
    ...rest,
  });
  storeFindings(runDir, explanation);
  return explanation;
}

/** Stage 6: writes every report that has a file, and returns the names. */
export function writeReports(
  result: RunResult,
  registry: Registry,
  runDir: string,
  ids: readonly string[],
  cell?: string,
): string[] {
  const written: string[] = [];
  for (const id of ids) {
    const report = need(registry.reports, id);
    if (report.fileName === null) continue;
    const options = { color: false, width: 100, ...(cell === undefined ? {} : { cell }) };
    writeText(join(runDir, report.fileName), report.render(result, options));
    written.push(report.fileName);
  }
  return written;
}

/** The shape of the metric that a progress line shows, under its default budget. */
export function judgeSoFar(metric: string, points: SeriesPoints): Shape {
  const budgetPerCycle =
    DEFAULT_BUDGETS.find((budget) => budget.metric === metric)?.maxPerCycle ?? 0;
  return judgeSeries(points, { budgetPerCycle, kind: 'bytes' }).shape;
}

/** Judges the series of a CSV file, or of standard input (`-`). */
export function judgeCsv(file: string, budgets: readonly ColumnBudget[]) {
  const table = readCsv(file);
  const { columns, notes } = judgeColumns(table, budgets);
  return { columns, notes: [...table.notes, ...notes] };
}

export { type Inspection, inspectProcess } from './native/inspect-process.ts';
export { makeRunDir, makeRunId } from './run/run-dir.ts';
