import type { ExplainContext } from '../contracts/explainers.ts';
import { roledProcesses } from '../lib/process-roles.ts';
import { within } from '../lib/within.ts';
import { CellError } from '../run/cell-error.ts';
import { processBase } from '../run/process-base.ts';
import { type CellWork, withRetry } from '../run/run-cycles.ts';
import { takeSample } from '../run/sampler.ts';
import { contextFor } from '../run/scenario-context.ts';
import type { ExplainersAtWork } from './explainers-at-work.ts';
import type { PlannedLook } from './schedule.ts';

/** A look at a heap of gigabytes takes minutes; one that takes longer than this hangs. */
const LOOK_TIMEOUT_MS = 15 * 60_000;

export interface ExplainCyclesOptions {
  readonly looks: readonly PlannedLook[];
  readonly atWork: ExplainersAtWork;
  readonly context: Omit<ExplainContext, 'runtimes' | 'processes'>;
}

/** All round trips of the explain run, with looks at rest at the ends of blocks. Throws CellError. */
export async function explainCycles(work: CellWork, options: ExplainCyclesOptions): Promise<void> {
  const { looks, atWork, context } = options;
  const base = processBase(work.target.processes);
  const beganMs = performance.now();
  const retries = { count: 0 };
  const bounded = async (what: Promise<void> | undefined): Promise<void> =>
    await within(Promise.race([what, work.guards.broken]), work.settings.cycleTimeoutMs, late);
  await bounded(work.scenario.setup?.(contextFor(work, 0, work.signal)));
  await atWork.start({
    ...context,
    runtimes: work.target.runtimes,
    processes: roledProcesses(work.target.processes),
  });
  const last = looks.at(-1)?.cycle ?? 0;
  for (let cycle = 1; cycle <= last; cycle += 1) {
    work.progress.cycle = cycle;
    await withRetry(work, cycle, { retries, act: (ctx) => work.scenario.cycle(ctx) });
    const due = looks.filter((look) => look.cycle === cycle);
    for (const { kind } of due) {
      await rest(work, cycle, base, beganMs);
      await lookOnce(work, atWork, { cycle, kind });
    }
    if (due.length > 0) context.say(`  explain: looked after cycle ${cycle} of ${last}`);
  }
  await bounded(work.scenario.teardown?.(contextFor(work, last, work.signal)));
}

const late = (): Error =>
  new CellError('target-hung', 'the scenario did not get ready or done within the cycle time-out');

/** The same rest and garbage collection as before a sample of a measured run, with nothing sampled. */
async function rest(
  work: CellWork,
  cycle: number,
  base: ReturnType<typeof processBase>,
  cellBeganMs: number,
): Promise<void> {
  const { target, settings, cell, signal } = work;
  const { allocator } = cell;
  // A call that is held is never at rest.
  const checkpoint = work.scenario.pace === 'time' ? ('joined' as const) : ('left+gc' as const);
  const request = { target, base, probes: [], settings, allocator, signal, cycle, checkpoint };
  await Promise.race([takeSample({ ...request, cellBeganMs }), work.guards.broken]);
}

async function lookOnce(
  work: CellWork,
  atWork: ExplainersAtWork,
  { cycle, kind }: PlannedLook,
): Promise<void> {
  const { runtimes, processes } = work.target;
  const looking = atWork.look({ cycle, kind, runtimes, processes: roledProcesses(processes) });
  const late = (): Error =>
    new CellError('target-hung', `a look took more than ${LOOK_TIMEOUT_MS / 60_000} minutes`);
  await within(Promise.race([looking, work.guards.broken]), LOOK_TIMEOUT_MS, late);
}
