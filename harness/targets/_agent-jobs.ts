import { TidemarkError } from '../contracts/errors.ts';
import type { JobRequest, TargetJob } from '../contracts/sessions.ts';
import { processTree } from '../lib/proc.ts';
import { sleep } from '../lib/sleep.ts';
import { activeJobs } from './_worker-endpoint.ts';

/** A process for the job may have to be started and to import everything first: over 8 s on a busy machine. */
const TAKE_MS = 20_000;
/** Each look is a request to the measured worker. */
const POLL_MS = 50;

export interface AgentJobs {
  start(request: JobRequest): Promise<TargetJob>;
  busyWith(): string | null;
}

interface Worker {
  readonly pid: number;
  /** Of its page `/worker`; null: it has none, and the room tells. */
  readonly port: number | null;
  readonly agentName?: string;
  readonly endsByItself: boolean;
  /** For an agent that says when it has done its work: whether it has for this room, and the last error it logged. */
  readonly outcome?: (room: string) => { readonly done: boolean; readonly lastError: string };
  /** Rejects when the worker has ended. */
  readonly died: Promise<never>;
}

/** Gives jobs to a worker, one at a time, and knows when they have ended. */
export function agentJobs(worker: Worker): AgentJobs {
  let busy: string | null = null;
  const wait = async (until: () => Promise<boolean>, limitMs: number, signal: AbortSignal) => {
    const end = performance.now() + limitMs;
    while (!(await until())) {
      if (performance.now() > end) return false;
      await Promise.race([sleep(POLL_MS, signal), worker.died]);
    }
    return true;
  };
  return {
    busyWith: () => busy,
    async start(request) {
      const processesBefore = processTree(worker.pid).length;
      busy = 'no job was taken';
      await dispatch(worker, request);
      const taken = await wait(() => isTaken(worker, request), TAKE_MS, request.signal);
      if (!taken) throw notTaken(worker, request);
      busy = 'the job has not ended';
      const over = wait(
        async () => !(await isActive(worker, request, processesBefore)),
        Number.POSITIVE_INFINITY,
        request.signal,
      ).then(() => {
        busy = null;
        requireDone(worker, request);
      });
      // Its waiter may have been given up with the cycle.
      over.catch(() => undefined);
      return { endsByItself: worker.endsByItself, ended: () => over };
    },
  };
}

async function dispatch(worker: Worker, { rooms, room, ...job }: JobRequest): Promise<void> {
  const name = worker.agentName ?? job.agentName;
  const { toneMs, stays, stream = 'none' } = job;
  const metadata = JSON.stringify({ toneMs, stays, stream });
  // Without a name the server sends an agent to every room that is made.
  if (name !== '') await rooms.dispatch(room, name, metadata);
}

async function isTaken({ port }: Worker, { rooms, room }: JobRequest): Promise<boolean> {
  if (port !== null) return ((await activeJobs(port)) ?? 0) > 0;
  return ((await rooms.agents(room)) ?? []).length > 0;
}

/** Participants leave before their job has ended: the worker's own word counts, or else its processes. */
async function isActive(
  { port, pid }: Worker,
  { rooms, room }: JobRequest,
  processesBefore: number,
): Promise<boolean> {
  if (port !== null) return (await activeJobs(port)) !== 0;
  const left = ((await rooms.agents(room)) ?? []).length === 0;
  return !left || processTree(pid).length > processesBefore;
}

/** A job that broke in the middle did less than the others: its cycle is no sample. */
function requireDone({ outcome }: Worker, { room }: JobRequest): void {
  const { done, lastError } = outcome?.(room) ?? { done: true, lastError: '' };
  if (done) return;
  throw new TidemarkError('target', `the job ended before its work was done: ${lastError}`);
}

function notTaken(worker: Worker, request: JobRequest): TidemarkError {
  const name = worker.agentName ?? request.agentName;
  return new TidemarkError(
    'target',
    `no worker took the job within ${TAKE_MS / 1000} s`,
    worker.agentName === undefined
      ? {
          hint:
            name === ''
              ? 'an agent that has a name is sent for with --param agent=NAME'
              : `is '${name}' the agent's name? Leave --param agent away for one without a name`,
        }
      : {},
  );
}
