import type { CheckpointName, SampleBody } from '../contracts/ledger.ts';
import type { ProbeReading } from '../contracts/measurement.ts';
import type { RunSettings } from '../contracts/plan.ts';
import type { Probe, ProbeContext, RunningTarget } from '../contracts/plugins.ts';
import { roledProcesses } from '../lib/process-roles.ts';
import type { CountBase } from './count-base.ts';
import type { ProcessBase } from './process-base.ts';
import { type Quiescence, waitForQuiescence } from './quiescence.ts';

/** How long the tree must be still before garbage is collected, and again after it. */
const SETTLE_WINDOW_MS = 100;
const SETTLE_AFTER_GC_MS = 60;
const NO_WAIT: Quiescence = { settled: true, settleMs: 0 };

export interface SampleRequest {
  readonly target: RunningTarget;
  /** Left away: the number of processes is not waited for. */
  readonly base?: ProcessBase;
  /** Left away: a number of threads that falls is not waited for. */
  readonly counts?: CountBase;
  readonly probes: readonly Probe[];
  readonly allocator: string;
  readonly settings: RunSettings;
  readonly cycle: number;
  readonly checkpoint: CheckpointName;
  readonly cellBeganMs: number;
  readonly cycleMs?: number;
  /** What was seen while the cycle was under way. */
  readonly running?: ProbeReading;
  readonly signal: AbortSignal;
}

/** Shares what several probes of one sample need. */
function makeMemo(): ProbeContext['memo'] {
  const made = new Map<string, Promise<unknown>>();
  return <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const known = (made.get(key) as Promise<T> | undefined) ?? make();
    made.set(key, known);
    return known;
  };
}

async function read(probe: Probe, ctx: ProbeContext): Promise<ProbeReading> {
  try {
    return await probe.sample(ctx);
  } catch (error) {
    // A probe that fails is data: the cell goes on and the analysis counts the missing value.
    return { values: {}, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Waits for rest, collects garbage where the runtime can, waits again, and asks every probe that fits. */
export async function takeSample(request: SampleRequest): Promise<SampleBody> {
  const { target, settings, signal } = request;
  const roots = target.processes.map(({ pid }) => pid);
  const timeoutMs = settings.settleTimeoutMs;
  // A call that goes on is never at rest: it is read as it is.
  const goesOn = request.checkpoint === 'joined';
  const atRest = async (windowMs: number): Promise<Quiescence> =>
    goesOn ? NO_WAIT : await waitForQuiescence({ roots, windowMs, timeoutMs, signal });
  const back = goesOn || ((await request.base?.settle(timeoutMs, signal)) ?? true);
  const first = await atRest(SETTLE_WINDOW_MS);
  for (const runtime of target.runtimes) await runtime.collectGarbage();
  const second = target.runtimes.length === 0 ? NO_WAIT : await atRest(SETTLE_AFTER_GC_MS);
  // After the collection: what it frees may have threads that end only now.
  const fallen = goesOn || ((await request.counts?.settle(signal)) ?? true);
  const ctx: ProbeContext = {
    processes: request.base?.processes() ?? roledProcesses(target.processes),
    runtimes: target.runtimes,
    allocator: request.allocator,
    stop: settings.stop,
    memo: makeMemo(),
  };
  const { running } = request;
  const probes: Record<string, ProbeReading> = running === undefined ? {} : { running };
  for (const probe of request.probes)
    if (probe.supports(ctx)) probes[probe.id] = await read(probe, ctx);
  return {
    cycle: request.cycle,
    checkpoint: request.checkpoint,
    atMs: Math.round(performance.now() - request.cellBeganMs),
    settled: back && first.settled && second.settled && fallen,
    settleMs: first.settleMs + second.settleMs,
    ...(request.cycleMs === undefined ? {} : { cycleMs: request.cycleMs }),
    probes,
  };
}
