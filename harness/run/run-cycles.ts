import type { LedgerEntry, SampleBody } from '../contracts/ledger.ts';
import type { CellPlan, RunSettings } from '../contracts/plan.ts';
import type {
  Probe,
  RoomsApi,
  RunningService,
  RunningTarget,
  Scenario,
  ScenarioContext,
} from '../contracts/plugins.ts';
import { sleep } from '../lib/sleep.ts';
import { within } from '../lib/within.ts';
import { CellError, messageOf } from './cell-error.ts';
import type { Guards } from './guards.ts';
import type { Observer } from './observer.ts';
import { type ProcessBase, processBase } from './process-base.ts';
import { takeSample } from './sampler.ts';

/** A cycle may fail for a reason outside the target in at most one of twenty. */
const MAX_RETRY_SHARE = 0.05;
/** Samples in the idle tail: enough to see late teardown bend. */
const IDLE_SAMPLES = 5;
/** A probe is slow on a huge heap, but a sample that takes longer than this hangs. */
const SAMPLE_TIMEOUT_MS = 120_000;
const EXIT_GRACE_MS = 200;

export interface CellWork {
  readonly cell: CellPlan;
  readonly scenario: Scenario;
  readonly target: RunningTarget;
  readonly services: readonly RunningService[];
  readonly probes: readonly Probe[];
  readonly settings: RunSettings;
  readonly guards: Guards;
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
}

export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export function contextFor(work: CellWork, cycle: number, signal: AbortSignal): ScenarioContext {
  return {
    cycle,
    signal,
    target: work.target,
    get rooms(): RoomsApi {
      const rooms = work.services.find((service) => service.rooms !== undefined)?.rooms;
      if (rooms === undefined) {
        throw new CellError(
          'internal',
          `scenario ${work.scenario.id} uses rooms but does not list the service livekit-server`,
        );
      }
      return rooms;
    },
    parameters: { ...work.scenario.parameters, ...work.settings.parameters },
  };
}

/** One attempt, bounded in time and ended at once by whatever breaks the cell. */
async function attempt(work: CellWork, cycle: number): Promise<number> {
  const limit = work.settings.cycleTimeoutMs;
  const hung = new AbortController();
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
    const done = work.scenario.cycle(contextFor(work, cycle, signal));
    await within(Promise.race([done, work.guards.broken]), limit, late);
    return Math.round(performance.now() - begin);
  } finally {
    hung.abort(new Error('the cycle is over'));
  }
}

/** A cycle that failed without the target being at fault is repeated; what breaks the cell is passed on. */
export async function cycleWithRetry(
  work: CellWork,
  cycle: number,
  retries: { count: number },
): Promise<number> {
  const allowed = Math.max(1, Math.floor(work.settings.cycles * MAX_RETRY_SHARE));
  for (;;) {
    try {
      return await attempt(work, cycle);
    } catch (error) {
      if (error instanceof CellError) throw error;
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

/** A dying target fails its calls a moment before its exit is known: give the exit the first word. */
async function letExitSpeak(work: CellWork): Promise<void> {
  await Promise.race([work.guards.broken, sleep(EXIT_GRACE_MS, work.signal)]);
}

async function sample(
  work: Progressing,
  what: Pick<SampleBody, 'cycle' | 'checkpoint' | 'cycleMs'>,
  cellBeganMs: number,
): Promise<void> {
  const { target, base, probes, settings, cell, signal } = work;
  const { allocator } = cell;
  const late = (): Error =>
    new CellError('target-hung', `a sample took more than ${SAMPLE_TIMEOUT_MS / 1000} s`);
  const request = { target, base, probes, settings, signal, allocator, cellBeganMs, ...what };
  try {
    const taking = takeSample(request);
    const body = await within(Promise.race([taking, work.guards.broken]), SAMPLE_TIMEOUT_MS, late);
    const type = what.checkpoint === 'left+gc' ? 'sample' : 'checkpoint';
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
}

/** All cycles of one cell, each followed by a sample at rest, then the idle tail. Throws CellError. */
export async function runCycles(cellWork: CellWork): Promise<void> {
  const work = { ...cellWork, base: processBase(cellWork.target.processes) };
  const beganMs = performance.now();
  const retries = { count: 0 };
  await work.scenario.setup?.(contextFor(work, 0, work.signal));
  await sample(work, { cycle: 0, checkpoint: 'start' }, beganMs);
  for (let cycle = 1; cycle <= work.settings.cycles; cycle += 1) {
    work.progress.cycle = cycle;
    const cycleMs = await cycleWithRetry(work, cycle, retries);
    await sample(work, { cycle, checkpoint: 'left+gc', cycleMs }, beganMs);
    if (work.isDecided?.(cycle)) break;
  }
  await idleTail(work, beganMs);
  await work.scenario.teardown?.(contextFor(work, work.progress.cycle, work.signal));
}
