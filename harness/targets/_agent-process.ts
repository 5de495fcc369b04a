import { TidemarkError } from '../contracts/errors.ts';
import type { TargetFacts } from '../contracts/ledger.ts';
import type { RunningTarget, TargetContext } from '../contracts/plugins.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { targetEnvironment } from '../lib/child-env.ts';
import { processTree, readStat } from '../lib/proc.ts';
import { sleep } from '../lib/sleep.ts';
import { type AgentJobs, agentJobs } from './_agent-jobs.ts';
import { errorIn, refusalIn } from './_log-error.ts';
import { type PythonHelper, pythonHelper } from './_python-helper.ts';
import { findWorkerPort } from './_worker-endpoint.ts';

/** Importing an agent's plug-ins takes seconds, on a busy machine many. */
const READY_MS = 60_000;
const POLL_MS = 100;
/** An agent that does not say that it has registered is taken for ready after so long without work. */
const QUIET_MS = 3000;
/** Its page is there a moment before or after it has registered. */
const PAGE_MS = 2000;
/** LiveKit's agents for Python and Node say this. */
const DONE = /^tidemark: done (\S+)$/;
const REGISTERED = /registered worker/i;
/** The first try may come too early; agents go on trying for minutes. */
const TRIES = 2;
/** A worker drains its jobs at SIGTERM, some for half an hour. */
const GRACE_MS = 3000;

export interface AgentOptions {
  readonly ctx: TargetContext;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Name to dispatch to, where the target has given its agent one. */
  readonly agentName?: string;
  /** The agent ends its job when it is done, without its room being removed. */
  readonly endsByItself: boolean;
  /** It writes `tidemark: done ROOM` when it has done what a job is for. */
  readonly saysDone?: boolean;
  readonly facts: (pid: number) => TargetFacts;
}

/** Starts a worker in a process group of its own and waits until it takes jobs. */
export async function startAgent(options: AgentOptions): Promise<RunningTarget> {
  const { ctx } = options;
  const environment = targetEnvironment({ ...ctx.environment, ...options.environment });
  const helper = pythonHelper(environment.PYTHONPATH, String(ctx.parameters?.classes ?? ''));
  const said = new Set<string>();
  let lastError = 'no error in its log';
  const registration: Registration = { isDone: false, refusals: [] };
  const [command = '', ...args] = options.words;
  let child: Child | null = null;
  const stop = async (graceMs = GRACE_MS): Promise<void> => {
    await child?.stop(graceMs);
    helper.remove();
  };
  try {
    child = await startChild({
      command,
      args,
      env: { ...environment, ...helper.environment },
      logFile: ctx.logFile,
      onLine: (line) => {
        if (REGISTERED.test(line)) registration.isDone = true;
        const refusal = registration.isDone ? null : refusalIn(line);
        if (refusal !== null) registration.refusals.push(refusal);
        const room = DONE.exec(line)?.[1];
        if (room !== undefined) said.add(room);
        lastError = errorIn(line) ?? lastError;
      },
    });
    const { exited, pid } = child;
    const died = exited.then((exit): never => {
      throw new TidemarkError('target', `the agent ${describeExit(exit)}`);
    });
    died.catch(() => undefined);
    await Promise.race([untilReady(pid, registration, ctx.signal), died]);
    const port = await Promise.race([findPage(pid, ctx.signal), died]);
    const jobs = agentJobs({
      pid,
      port,
      died,
      ...options,
      ...(options.saysDone === true
        ? { outcome: (room: string) => ({ done: said.delete(room), lastError }) }
        : {}),
    });
    return running(child, { jobs, helper, facts: options.facts(pid), stop });
  } catch (error) {
    await stop(0);
    throw error;
  }
}

interface Registration {
  isDone: boolean;
  /** Why it could not register, one per try. */
  readonly refusals: string[];
}

function requireServer({ refusals }: Registration): void {
  if (refusals.length < TRIES) return;
  throw new TidemarkError(
    'target',
    `the agent cannot register with LiveKit's server: ${refusals.at(-1)} (it must take LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET from its environment)`,
  );
}

async function untilReady(
  pid: number,
  registration: Registration,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  let quietSince = begin;
  let before = -1;
  while (!registration.isDone) {
    requireServer(registration);
    const now = performance.now();
    const ticks = processTree(pid).reduce((sum, each) => sum + (readStat(each)?.cpuTicks ?? 0), 0);
    if (ticks !== before) quietSince = now;
    before = ticks;
    if (now - quietSince > QUIET_MS) return;
    if (now - begin > READY_MS) {
      throw new TidemarkError('target', `the agent was not ready in ${READY_MS / 1000} s`, {
        hint: "it neither said 'registered worker' nor came to rest; its log is in the run directory",
      });
    }
    await sleep(POLL_MS, signal);
  }
}

/** `npx` and `uv run` are not the worker themselves: the whole tree is looked at. */
async function findPage(pid: number, signal: AbortSignal): Promise<number | null> {
  const end = performance.now() + PAGE_MS;
  do {
    for (const each of processTree(pid)) {
      const port = await findWorkerPort(each);
      if (port !== null) return port;
    }
    await sleep(POLL_MS, signal);
  } while (performance.now() < end);
  return null;
}

interface Parts {
  readonly jobs: AgentJobs;
  readonly helper: PythonHelper;
  readonly facts: TargetFacts;
  readonly stop: () => Promise<void>;
}

function running(child: Child, { jobs, helper, facts, stop }: Parts): RunningTarget {
  return {
    processes: [{ pid: child.pid, role: 'supervisor' }],
    runtimes: helper.runtimes(),
    exited: child.exited,
    facts: async () => facts,
    startJob: jobs.start,
    busyWith: jobs.busyWith,
    stop: () => stop(),
  };
}
