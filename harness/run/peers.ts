import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../contracts/errors.ts';
import type { RoomsApi } from '../contracts/plugins.ts';
import type { Peer, PeersApi } from '../contracts/sessions.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { targetEnvironment } from '../lib/child-env.ts';
import { within } from '../lib/within.ts';

const ID = 'peers';
const HOST_FILE = '_peer-host.js';
const READY_MS = 30_000;
/** Its SDK may leak too: a process that has seen so many participants is replaced when none is in a room. */
const MOST_JOINS = 250;

export interface Peers extends PeersApi {
  readonly id: typeof ID;
  /** Of the process, null before the first participant. */
  pid(): number | null;
  /** Resolves with one line when the process ends although nobody stopped it. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

interface Message {
  readonly ready?: true;
  readonly id?: number;
  readonly error?: string;
}

interface Host {
  readonly child: Child;
  call(method: string, request: object): Promise<void>;
  stop(): Promise<void>;
}

/** Participants outside the target, in one process that is started for the first of them. */
export function makePeers({
  rooms,
  logFile,
}: {
  readonly rooms: () => RoomsApi;
  readonly logFile: string;
}): Peers {
  let host: Promise<Host> | null = null;
  let joins = 0;
  let joinsOfHost = 0;
  let known: Child | null = null;
  const present = new Set<string>();
  let fail: (why: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });
  const stop = async (): Promise<void> => {
    const before = host;
    host = null;
    // One that could not be started has told its caller, and left nothing to stop.
    const running = await before?.catch(() => null);
    await running?.stop();
  };
  const start = async (): Promise<Host> => {
    const started = await startPeerHost(logFile, fail);
    known = started.child;
    return started;
  };
  return {
    id: ID,
    pid: () => known?.pid ?? null,
    failed,
    stop,
    async join({ room, publishes = false, reads = false }): Promise<Peer> {
      if (joinsOfHost >= MOST_JOINS && present.size === 0) await stop();
      joins += 1;
      const identity = `peer-${joins}`;
      const { url } = rooms();
      const token = await rooms().token(room, identity);
      if (host === null) joinsOfHost = 0;
      joinsOfHost += 1;
      host ??= start();
      const { call } = await host;
      present.add(identity);
      try {
        await call('join', { identity, url, token, publishes, reads });
      } catch (error) {
        present.delete(identity);
        throw error;
      }
      return {
        identity,
        frames: (count) => call('frames', { identity, count }),
        async leave() {
          present.delete(identity);
          await call('leave', { identity });
        },
      };
    },
  };
}

/** The compiled host, also when the harness itself runs from its TypeScript sources (tests). */
function hostFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, HOST_FILE), resolve(here, '../../dist/harness/run', HOST_FILE)];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file !== undefined) return file;
  throw new TidemarkError('setup', `${HOST_FILE} is not compiled`, { hint: 'npm run build' });
}

async function startPeerHost(logFile: string, fail: (why: string) => void): Promise<Host> {
  const pending = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let dead: Error | null = null;
  let stopping = false;
  let becameReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    becameReady = resolve;
  });
  const child = await startChild({
    command: process.execPath,
    args: [hostFile()],
    // Never under the allocator of the target, and without the SDK's log.
    env: targetEnvironment({ RUST_LOG: 'off', NODE_ENV: 'production' }),
    logFile,
    ipc: true,
  });
  child.process.on('message', (message: Message) => {
    if (message.ready) becameReady();
    const call = pending.get(message.id ?? 0);
    pending.delete(message.id ?? 0);
    if (message.error === undefined) call?.resolve();
    else call?.reject(new TidemarkError('service', `a peer: ${message.error}`));
  });
  const gone = child.exited.then((exit): never => {
    const why = `the process of the peers ${describeExit(exit)}`;
    dead = new TidemarkError('service', why);
    for (const { reject } of pending.values()) reject(dead);
    if (!stopping) fail(why);
    throw dead;
  });
  // It may die while nobody waits; later calls are told.
  gone.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping = true;
    await child.stop();
  };
  const late = (): Error =>
    new TidemarkError('service', `the process of the peers was not ready in ${READY_MS / 1000} s`);
  try {
    await within(Promise.race([ready, gone]), READY_MS, late);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    child,
    stop,
    call: (method, request) =>
      new Promise((resolve, reject) => {
        if (dead !== null) return reject(dead);
        const id = ++lastId;
        pending.set(id, { resolve, reject });
        // A channel that broke says so through the exit, which has the reason.
        child.process.send({ id, method, ...request }, () => undefined);
      }),
  };
}
