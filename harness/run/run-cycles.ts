import { TidemarkError } from '../contracts/errors.ts';
import type { LedgerEntry, SampleBody } from '../contracts/ledger.ts';
import type { ProbeReading } from '../contracts/measurement.ts';
import type { Probe, ScenarioContext } from '../contracts/plugins.ts';
import { sleep } from '../lib/sleep.ts';
import { within } from '../lib/within.ts';
import { CellError, messageOf } from './cell-error.ts';
import { type CountBase, countBase } from './count-base.ts';
import type { Guards } from './guards.ts';
import type { Observer } from './observer.ts';
import { type ProcessBase, processBase } from './process-base.ts';
import type { JobProofs } from './prove-jobs.ts';
import { takeSample } from './sampler.ts';
import { type ContextParts, contextFor } from './scenario-context.ts';
import { watchRunning } from './watch-running.ts';

/** A cycle may fail for a reason outside the target in at most one of twenty. */
const MAX_RETRY_SHARE = 0.05;
/** Samples in the idle tail: enough to see late teardown bend. */
const IDLE_SAMPLES = 5;
/** A tail is this long where threads were left: some end only then. */
const POOLS_MS = 20_000;
const POOL_POLL_MS = 250;
/** The slowest growth of a count that is called growth: one in 20 cycles. */
const LEAST_PER_CYCLE = 0.05;
/** A probe is slow on a huge heap, but a sample that takes longer than this hangs. */
const SAMPLE_TIMEOUT_MS = 120_000;
const EXIT_GRACE_MS = 200;

export interface CellWork extends ContextParts {
  readonly probes: readonly Probe[];
  readonly guards: Guards;
  readonly jobProofs: JobProofs;
  readonly signal: AbortSignal;
  readonly write: (entry: DistributiveOmit<LedgerEntry, 'at' | 'cell'>) => void;
  readonly observe: Observer;
  /** With `--until-decided`: asked after each cycle, true ends the cell early. */
  readonly isDecided?: (cycle: number) => boolean;
  /** The cycle under way: a failure is reported with it. */
  readonly progress: { cycle: number };
}

interface Progressing extends CellWork {
  readonly base: ProcessBase;
  readonly counts: CountBase;
}

export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

type Act = (ctx: ScenarioContext) => Promise<void>;

interface Attempt {
  readonly cycleMs: number;
  readonly running: ProbeReading;
}

/** One attempt, bounded in time and ended at once by whatever breaks the cell. */
async function attempt(work: CellWork, cycle: number, act: Act): Promise<Attempt> {
  const limit = work.settings.cycleTimeoutMs;
  const hung = new AbortController();
  const watch = watchRunning(work.target.processes, (seen) => work.jobProofs.see(seen, cycle));
  const begin = performance.now();
  const late = (): Error => {
    const what = work.target.busyWith?.() ?? null;
    const why = what === null ? '' : `: ${what}`;
    return new CellError(
      'target-hung',
      `the cycle did not end within ${limit / 1000} s${why} (--cycle-timeout changes it)`,
    );
  };
  try {
    const signal = AbortSignal.any([work.signal, hung.signal]);
    const done = act(contextFor(work, cycle, signal));
    await within(Promise.race([done, work.guards.broken]), limit, late);
    const cycleMs = Math.round(performance.now() - begin);
    return { cycleMs, running: watch.end() };
  } finally {
    watch.end();
    hung.abort(new Error('the cycle is over'));
  }
}

/** A cycle that failed without the target being at fault is repeated; what breaks the cell is passed on. */
export async function withRetry(
  work: CellWork,
  cycle: number,
  { retries, act }: { readonly retries: { count: number }; readonly act: Act },
): Promise<Attempt> {
  const allowed = Math.max(1, Math.floor(work.settings.cycles * MAX_RETRY_SHARE));
  for (;;) {
    try {
      return await attempt(work, cycle, act);
    } catch (error) {
      if (error instanceof CellError || isMisuse(error)) throw error;
      await letExitSpeak(work);
      const reason = messageOf(error);
      retries.count += 1;
      if (retries.count > allowed) {
        throw new CellError(
          'too-many-retries',
          `${retries.count} cycles failed, ${allowed} of ${work.settings.cycles} are allowed; the last: ${reason}`,
          error,
        );
      }
      work.write({ type: 'cycle-retried', cycle, reason });
      work.observe({ kind: 'retried', cell: work.cell, cycle, reason });
    }
  }
}

const isMisuse = (error: unknown): boolean =>
  error instanceof TidemarkError && error.code === 'usage';

/** A dying target fails its calls a moment before its exit is known: give the exit the first word. */
async function letExitSpeak(work: CellWork): Promise<void> {
  await Promise.race([work.guards.broken, sleep(EXIT_GRACE_MS, work.signal)]);
}

async function sample(
  work: Progressing,
  what: Pick<SampleBody, 'cycle' | 'checkpoint'> & Partial<Attempt>,
  cellBeganMs: number,
): Promise<void> {
  const { target, base, counts, probes, settings, cell, signal } = work;
  const { allocator } = cell;
  const late = (): Error =>
    new CellError('target-hung', `a sample took more than ${SAMPLE_TIMEOUT_MS / 1000} s`);
  const request = {
    target,
    base,
    counts,
    probes,
    settings,
    signal,
    allocator,
    cellBeganMs,
    ...what,
  };
  try {
    const taking = takeSample(request);
    const body = await within(Promise.race([taking, work.guards.broken]), SAMPLE_TIMEOUT_MS, late);
    const type = what.cycleMs === undefined ? 'checkpoint' : 'sample';
    work.write({ type, ...body });
    work.observe({ kind: 'sampled', cell, sample: body, cycles: settings.cycles });
  } catch (error) {
    if (error instanceof CellError) throw error;
    await letExitSpeak(work);
    throw new CellError('internal', `a sample failed: ${messageOf(error)}`, error);
  }
}

async function idleTail(work: Progressing, beganMs: number): Promise<void> {
  const stepMs = work.settings.idleTailMs / IDLE_SAMPLES;
  if (stepMs === 0) return;
  for (let step = 1; step <= IDLE_SAMPLES; step += 1) {
    await Promise.race([sleep(stepMs, work.signal), work.guards.broken]);
    await sample(work, { cycle: work.progress.cycle, checkpoint: 'left+idle' }, beganMs);
  }
  if (await outlastsPools(work)) {
    await sample(work, { cycle: work.progress.cycle, checkpoint: 'left+idle' }, beganMs);
  }
}

/** Pools end their idle threads after some 10 s: threads that are still there after twice that were left behind. */
async function outlastsPools(work: Progressing): Promise<boolean> {
  const { counts, settings, signal, guards } = work;
  // Fewer could not be called growth over so many cycles.
  const many = Math.max(2, work.progress.cycle * LEAST_PER_CYCLE);
  if (counts.aboveLeast() < many) return false;
  const end = performance.now() + POOLS_MS - settings.idleTailMs;
  while (counts.aboveLeast() > 0 && performance.now() < end) {
    await Promise.race([sleep(POOL_POLL_MS, signal), guards.broken]);
  }
  return true;
}

/** All cycles of one cell, each followed by a sample at rest, then the idle tail. Throws CellError. */
export async function runCycles(cellWork: CellWork): Promise<void> {
  const { processes } = cellWork.target;
  const counts = countBase(processes.map(({ pid }) => pid));
  const work = { ...cellWork, base: processBase(processes), counts };
  const { scenario, settings, progress } = work;
  const isHeld = scenario.pace === 'time';
  const checkpoint = isHeld ? 'joined' : 'left+gc';
  const beganMs = performance.now();
  const retries = { count: 0 };
  const setUp: Act = async (ctx) => await scenario.setup?.(ctx);
  if (!isHeld) await attempt(work, 0, setUp);
  await sample(work, { cycle: 0, checkpoint: 'start' }, beganMs);
  // A call that does not come about is asked for again, like a cycle.
  if (isHeld) await withRetry(work, 0, { retries, act: setUp });
  const act: Act = (ctx) => scenario.cycle(ctx);
  for (let cycle = 1; cycle <= settings.cycles; cycle += 1) {
    progress.cycle = cycle;
    const done = await withRetry(work, cycle, { retries, act });
    await sample(work, { cycle, checkpoint, ...done }, beganMs);
    if (work.isDecided?.(cycle)) break;
  }
  const tearDown = (): Promise<Attempt> =>
    attempt(work, progress.cycle, async (ctx) => await scenario.teardown?.(ctx));
  // What a held call leaves behind is seen after it, what cycles leave behind before anything is taken down.
  if (isHeld) await tearDown();
  await idleTail(work, beganMs);
  if (!isHeld) await tearDown();
}
