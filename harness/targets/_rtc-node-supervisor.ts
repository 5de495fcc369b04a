/**
 * The measured process of rtc-node under the executors `thread` and `process`. It loads no SDK: each identity is a job,
 * hosted by the same code as inline in a worker thread or a process of its own, which is started for it and ends with
 * it. Every request is passed on to the host of its identity, whatever its method. Runs as compiled JavaScript, imports
 * nothing of ours, keeps no history and ends when its channel to the harness closes.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

interface Request {
  readonly id: number;
  /** `open` and `close` start and end a host without a session, so that what it loads can be looked at. */
  readonly method: string;
  readonly identity: string;
}

interface Message {
  readonly ready?: true;
  readonly id?: number;
  readonly error?: string;
  readonly ended?: string;
}

interface Host {
  send(request: Request): void;
  /** Tells it that its channel has closed: it ends by itself. */
  close(): void;
  kill(): void;
  onMessage(listener: (message: Message) => void): void;
  /** How it ended. */
  readonly gone: Promise<string>;
}

interface Job {
  readonly host: Host;
  readonly ready: Promise<void>;
  /** Requests that are not answered yet. */
  readonly open: Set<number>;
  joining: number | null;
  leaving: number | null;
  ending: boolean;
}

/** A host that has not ended by then hangs. */
const END_MS = 10_000;
const [kind = '', entry = ''] = process.argv.slice(2);
const jobs = new Map<string, Job>();
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const tell = (message: Message): void => void process.send?.(message);

function startThread(): Host {
  const worker = new Worker(fileOf('_rtc-node-worker.js'), { argv: [entry] });
  let why = '';
  worker.once('error', (error) => {
    why = `: ${error.message}`;
  });
  return {
    send: (request) => worker.postMessage(request),
    close: () => worker.postMessage(null),
    kill: () => void worker.terminate().catch(fail),
    onMessage: (listener) => void worker.on('message', listener),
    gone: new Promise((resolve) => {
      worker.once('exit', (code) => resolve(`exited with code ${code}${why}`));
    }),
  };
}

function startProcess(): Host {
  // Without the flags of this process: an inspector would be a thread and a socket more in every job.
  const child = fork(fileOf('_rtc-node-host.js'), [entry], { execArgv: [] });
  return {
    send: (request) => void child.send(request, () => undefined),
    close: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill('SIGKILL'),
    onMessage: (listener) => void child.on('message', listener),
    gone: new Promise((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `exited with code ${code}` : `was killed by ${signal}`),
      );
    }),
  };
}

function openJob(identity: string): Job {
  const host = kind === 'thread' ? startThread() : startProcess();
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const job: Job = { host, ready, open: new Set(), joining: null, leaving: null, ending: false };
  jobs.set(identity, job);
  host.onMessage((message) => {
    if (message.ready === true) isReady();
    else relay(job, message).catch(fail);
  });
  host.gone.then((how) => {
    jobs.delete(identity);
    const error = job.ending ? 'the job is over' : `the job's ${kind} ${how}`;
    for (const id of job.open) tell({ id, error });
    if (!job.ending) tell({ ended: identity, error });
  });
  return job;
}

async function relay(job: Job, message: Message): Promise<void> {
  if (message.id !== undefined) job.open.delete(message.id);
  // The job is over when its thread or process is gone, not before.
  const hung = endsJob(job, message) ? await endJob(job) : null;
  tell(hung === null ? message : { ...message, error: hung });
}

/** It has left, or was put out, or has never come in. */
function endsJob({ ending, joining, leaving }: Job, { id, error }: Message): boolean {
  if (ending) return false;
  if (id === undefined) return leaving === null;
  return id === leaving || (id === joining && error !== undefined);
}

/** Null, or what to say of a host that had to be killed. */
async function endJob(job: Job): Promise<string | null> {
  job.ending = true;
  job.host.close();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), END_MS);
  });
  const how = await Promise.race([job.host.gone, late]);
  clearTimeout(timer);
  if (how !== null) return null;
  job.host.kill();
  return `the job's ${kind} did not end within ${END_MS / 1000} s of its session and was killed`;
}

/** The SDK's native library calls back the thread that loaded it last: another would wait for its answers for ever. */
const ONE_AT_A_TIME =
  'executor thread hosts one session at a time: the native library of rtc-node calls back only the thread that loaded it last';

async function serve(request: Request): Promise<void> {
  const { id, identity, method } = request;
  const starts = method === 'open' || method === 'join';
  if (kind === 'thread' && starts && jobs.size > 0) return tell({ id, error: ONE_AT_A_TIME });
  const job = jobs.get(identity) ?? (starts ? openJob(identity) : undefined);
  if (job?.ending) await job.host.gone;
  if (job === undefined || job.ending) {
    // The other side has ended its session: nothing is left to leave.
    tell(method === 'leave' ? { id } : { id, error: 'the job is over' });
    return;
  }
  job.open.add(id);
  if (method === 'join') job.joining = id;
  if (method === 'leave') job.leaving = id;
  await Promise.race([job.ready, job.host.gone]);
  if (!job.open.has(id)) return;
  if (!['open', 'close'].includes(method)) return job.host.send(request);
  job.open.delete(id);
  const hung = method === 'close' ? await endJob(job) : null;
  tell(hung === null ? { id } : { id, error: hung });
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

process.on('message', (request: Request) => serve(request).catch(fail));
process.once('disconnect', () => process.exit());
tell({ ready: true });
