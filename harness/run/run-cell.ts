import { join } from 'node:path';
import type { LedgerEntry, TargetFacts } from '../contracts/ledger.ts';
import type { CellPlan, RunSettings } from '../contracts/plan.ts';
import type {
  Allocator,
  Probe,
  RunningService,
  RunningTarget,
  Scenario,
  Service,
  Target,
} from '../contracts/plugins.ts';
import { fileNameOf } from '../lib/file-name-of.ts';
import { CellError, messageOf, withHint } from './cell-error.ts';
import { guardCell } from './guards.ts';
import type { Observer } from './observer.ts';
import { makePeers } from './peers.ts';
import { proveJobs } from './prove-jobs.ts';
import { type CellWork, type DistributiveOmit, runCycles } from './run-cycles.ts';
import { roomsOf } from './scenario-context.ts';

export interface CellParts {
  readonly scenario: Scenario;
  readonly target: Target;
  readonly allocator: Allocator;
  readonly services: readonly Service[];
  readonly probes: readonly Probe[];
}

export interface CellOptions {
  readonly cell: CellPlan;
  readonly parts: CellParts;
  readonly settings: RunSettings;
  readonly cacheDir: string;
  readonly runDir: string;
  readonly append: (entry: LedgerEntry) => void;
  readonly now: () => Date;
  readonly observe: Observer;
  readonly isDecided?: (cycle: number) => boolean;
  /** What is done with the started target; default: cycles, each followed by a sample. */
  readonly work?: (work: CellWork) => Promise<void>;
  readonly signal: AbortSignal;
}

async function startServices(
  options: CellOptions,
  stop: (() => Promise<void>)[],
): Promise<RunningService[]> {
  const running: RunningService[] = [];
  for (const service of options.parts.services) {
    try {
      const { cacheDir, runDir, signal } = options;
      const started = await service.start({ cacheDir, runDir, signal, log: () => undefined });
      running.push(started);
      stop.push(() => started.stop());
    } catch (error) {
      throw new CellError(
        'service-failed',
        `${service.id} did not start: ${messageOf(error)}`,
        error,
      );
    }
  }
  return running;
}

async function startTarget(
  options: CellOptions,
  services: readonly RunningService[],
  stop: (() => Promise<void>)[],
): Promise<RunningTarget> {
  const { cell, parts, settings, cacheDir, runDir, signal } = options;
  const environment = Object.assign(
    {},
    ...services.map((service) => service.environment),
    await parts.allocator.environment({ cacheDir }),
  );
  try {
    const target = await parts.target.start({
      spec: cell.target,
      executor: cell.executor,
      environment,
      cacheDir,
      signal,
      log: () => undefined,
      logFile: join(runDir, `${fileNameOf(cell.id)}.log`),
      parameters: { ...parts.scenario.parameters, ...settings.parameters },
      ...(settings.command === undefined ? {} : { command: settings.command }),
    });
    stop.push(() => target.stop());
    return target;
  } catch (error) {
    if (signal.aborted) throw new CellError('interrupted', 'interrupted', error);
    throw new CellError('start-failed', messageOf(error), error);
  }
}

async function proveAllocator(allocator: Allocator, target: RunningTarget) {
  try {
    const pid = target.processes[0]?.pid ?? 0;
    return await allocator.prove(pid);
  } catch (error) {
    throw new CellError('allocator-unproven', withHint(error), error);
  }
}

/** `livekit-server: 1.13.5, go install`; nothing where no service took part. */
function serviceFacts(services: readonly RunningService[]): Pick<TargetFacts, 'services'> {
  if (services.length === 0) return {};
  const told = services.map(({ id, facts }) => [id, Object.values(facts).join(', ')] as const);
  return { services: Object.fromEntries(told) };
}

async function measure(
  options: CellOptions,
  stop: (() => Promise<void>)[],
  progress: { cycle: number },
): Promise<void> {
  const { cell, parts, settings, signal, observe, now } = options;
  const write = (entry: DistributiveOmit<LedgerEntry, 'at' | 'cell'>): void => {
    options.append({ at: now().toISOString(), cell: cell.id, ...entry } as LedgerEntry);
  };
  const services = await startServices(options, stop);
  const target = await startTarget(options, services, stop);
  const { scenario, probes } = parts;
  const peers = makePeers({
    rooms: () => roomsOf(services, scenario),
    logFile: join(options.runDir, `${fileNameOf(cell.id)}.peers.log`),
  });
  stop.push(() => peers.stop());
  const guards = guardCell({
    target,
    services: [...services, peers],
    memoryLimitBytes: settings.memoryLimitBytes,
    signal,
  });
  stop.push(async () => guards.release());
  const proof = await proveAllocator(parts.allocator, target);
  const facts = { ...(await target.facts()), ...serviceFacts(services) };
  write({ type: 'cell-started', plan: cell, proof, facts });
  await (options.work ?? runCycles)({
    cell,
    scenario,
    target,
    services,
    peers,
    probes,
    settings,
    guards,
    jobProofs: proveJobs({
      roots: target.processes,
      allocator: parts.allocator,
      onProven: (proof, cycle) => write({ type: 'job-proven', cycle, proof }),
      onRefuted: guards.fail,
    }),
    signal,
    write,
    observe,
    progress,
    ...(options.isDecided === undefined ? {} : { isDecided: options.isDecided }),
  });
  write({ type: 'cell-ended', cycles: progress.cycle });
  observe({ kind: 'cell-ended', cell });
}

function failureOf(error: unknown, signal: AbortSignal): CellError {
  if (signal.aborted) return new CellError('interrupted', 'interrupted', error);
  if (error instanceof CellError) return error;
  return new CellError('internal', withHint(error), error);
}

/**
 * Runs one cell from the start of its services to the stop of everything it started.
 * Never throws: what goes wrong is a `cell-failed` line, and the next cell can run.
 */
export async function runCell(options: CellOptions): Promise<void> {
  const stop: (() => Promise<void>)[] = [];
  const progress = { cycle: 0 };
  try {
    await measure(options, stop, progress);
  } catch (error) {
    const { kind, message } = failureOf(error, options.signal);
    const { cell } = options;
    const { cycle } = progress;
    options.append({
      at: options.now().toISOString(),
      cell: cell.id,
      type: 'cell-failed',
      kind,
      cycle,
      reason: message,
    });
    options.observe({ kind: 'cell-failed', cell, cycle, reason: message });
  } finally {
    for (const end of stop.reverse()) {
      await end().catch((error) => {
        options.observe({
          kind: 'warning',
          cell: options.cell,
          says: `stopping: ${messageOf(error)}`,
        });
      });
    }
  }
}
