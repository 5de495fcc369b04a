import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetContext } from '../contracts/plugins.ts';
import type { TargetMedia, TargetSession } from '../contracts/sessions.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { targetEnvironment } from '../lib/child-env.ts';
import {
  connectInspector,
  INSPECTOR_CHATTER,
  type InspectorClient,
  inspectorAddress,
} from '../lib/inspector-client.ts';
import { within } from '../lib/within.ts';

const READY_MS = 30_000;
const HOST_FILE = '_rtc-node-host.js';
const SUPERVISOR_FILE = '_rtc-node-supervisor.js';

export interface HostProcess {
  readonly child: Child;
  readonly inspector: InspectorClient;
  /** The words it was started with. */
  readonly words: readonly string[];
  join(request: { url: string; token: string; identity: string }): Promise<TargetSession>;
  call(method: string, request: object): Promise<void>;
}

interface Message {
  readonly ready?: true;
  readonly id?: number;
  readonly error?: string;
  /** Identity whose session is over. */
  readonly ended?: string;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The compiled file, also when the harness itself runs from its TypeScript sources (tests). */
function compiled(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, name), resolve(here, '../../dist/harness/targets', name)];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new TidemarkError('setup', `${name} is not compiled`, { hint: 'npm run build' });
  }
  return file;
}

/** Folder that holds `harness/` in what runs now. */
export const tidemarkFolder = (): string => resolve(dirname(compiled(HOST_FILE)), '../..');

export async function startHost(entry: string, ctx: TargetContext): Promise<HostProcess> {
  const program =
    ctx.executor === 'inline'
      ? [compiled(HOST_FILE), entry]
      : [compiled(SUPERVISOR_FILE), ctx.executor, entry];
  const words = ['--inspect=127.0.0.1:0', ...program];
  let foundAddress: (address: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    foundAddress = resolve;
  });
  const child = await startChild({
    command: process.execPath,
    args: words,
    // The SDK logs each step unless it is in production; its log lines would be the harness's own noise.
    env: targetEnvironment({ ...ctx.environment, RUST_LOG: 'off', NODE_ENV: 'production' }),
    logFile: ctx.logFile,
    ipc: true,
    ignore: INSPECTOR_CHATTER,
    onLine: (line) => {
      const found = inspectorAddress(line);
      if (found !== null) foundAddress(found);
    },
  });
  const calls = openCalls(child);
  const late = (): Error =>
    new TidemarkError('target', `rtc-node was not ready in ${READY_MS / 1000} s`);
  const started = Promise.all([address.then((url) => connectInspector(url)), calls.ready]);
  try {
    const [inspector] = await within(Promise.race([started, calls.gone]), READY_MS, late);
    return { child, inspector, words: ['node', ...words], ...calls };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

/** Requests and answers over the channel. No timers here: callers bound what they wait for. */
function openCalls(child: Child) {
  const pending = new Map<number, Pending>();
  const ends = new Map<string, Pending>();
  let lastId = 0;
  let dead: Error | null = null;
  let becameReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    becameReady = resolve;
  });
  child.process.on('message', (message: Message) => {
    if (message.ready) becameReady();
    if (message.ended !== undefined) endSession(ends.get(message.ended), message.error);
    if (message.id === undefined) return;
    const call = pending.get(message.id);
    pending.delete(message.id);
    if (message.error === undefined) call?.resolve();
    else call?.reject(new TidemarkError('target', message.error));
  });
  const gone = child.exited.then((exit): never => {
    dead = new TidemarkError('target', `rtc-node ${describeExit(exit)}`);
    for (const waiting of [...pending.values(), ...ends.values()]) waiting.reject(dead);
    throw dead;
  });
  // It may die while nobody waits; later calls are told.
  gone.catch(() => undefined);
  const call: Call = (method, request) =>
    new Promise((resolve, reject) => {
      if (dead !== null) return reject(dead);
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      // A channel that broke says so through the exit, which has the reason.
      child.process.send({ id, method, ...request }, () => undefined);
    });
  const join = async (request: { url: string; token: string; identity: string }) => {
    const { identity } = request;
    const over = new Promise<void>((resolve, reject) => ends.set(identity, { resolve, reject }));
    const forget = (): boolean => ends.delete(identity);
    // Most callers leave by themselves and never ask whether it is over.
    over.then(forget, forget);
    await call('join', request).catch((error) => {
      forget();
      throw error;
    });
    return {
      identity,
      media: mediaOf(identity, call),
      leave: () => call('leave', { identity }).finally(forget),
      ended: () => over,
    };
  };
  return { ready, gone, call, join };
}

function endSession(session: Pending | undefined, error: string | undefined): void {
  if (error === undefined) session?.resolve();
  else session?.reject(new TidemarkError('target', error));
}

type Call = (method: string, request: object) => Promise<void>;

/** Each a request of plain JSON that names its participant, whatever process or thread answers it. */
function mediaOf(identity: string, call: Call): TargetMedia {
  let streams = 0;
  return {
    publishTone: () => call('publishTone', { identity }),
    unpublish: () => call('unpublish', { identity }),
    subscribed: (from) => call('subscribed', { identity, from }),
    async openStream({ from, read }) {
      const stream = String(++streams);
      await call('openStream', { identity, from, read, stream });
      return {
        frames: (count) => call('frames', { identity, stream, count }),
        close: () => call('closeStream', { identity, stream }),
      };
    },
  };
}
