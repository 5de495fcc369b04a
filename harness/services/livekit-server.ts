import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { RunningService, ServiceContext } from '../contracts/plugins.ts';
import type { RoomsApi } from '../contracts/sessions.ts';
import { defineService } from '../define.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { runCommand } from '../lib/child-run.ts';
import { freeTcpPorts, freeUdpPort } from '../lib/ports.ts';
import { sleep } from '../lib/sleep.ts';
import { type FoundServer, findServer, installServer } from './_livekit-install.ts';
import type { ServerAccess } from './_livekit-rooms.ts';

const ID = 'livekit-server';
const HOST = '127.0.0.1';
const READY_MS = 20_000;
const POLL_MS = 20;
/** It keeps nothing worth waiting for; it loses a SIGTERM in its first 100 ms, and waits for participants that hang. */
const STOP_MS = 500;
/** Another program may take a free port before the server binds it. */
const START_TRIES = 3;

/** LiveKit's media server: `LIVEKIT_URL` when set, else one of its own on free loopback ports with generated keys. */
export default defineService({
  id: ID,
  title: 'LiveKit server',

  async ensure(ctx) {
    if (givenServer() !== null || findServer(ctx.cacheDir) !== null) return;
    await installServer(ctx);
  },

  async start(ctx) {
    const given = givenServer();
    return given === null ? await startOwn(ctx) : await useGiven(given);
  },
});

/** The SDK behind it is half of all that a command would load: only who starts a server waits for it. */
async function roomsOf(access: ServerAccess): Promise<RoomsApi> {
  const { roomsApi } = await import('./_livekit-rooms.ts');
  return roomsApi(access);
}

function givenServer(env: NodeJS.ProcessEnv = process.env): ServerAccess | null {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = env;
  if (!url) return null;
  if (!key || !secret) {
    throw new TidemarkError('usage', 'LIVEKIT_URL is set without LIVEKIT_API_KEY and _SECRET', {
      hint: 'set all three, or unset LIVEKIT_URL to let tidemark start a server of its own',
    });
  }
  return { url, key, secret };
}

async function useGiven(access: ServerAccess): Promise<RunningService> {
  const rooms = await roomsOf(access);
  try {
    await rooms.participants('tidemark-is-this-server-there');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('service', `the server at LIVEKIT_URL does not answer: ${why}`, {
      hint: 'check LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET',
      cause,
    });
  }
  return {
    id: ID,
    facts: { version: 'unknown', found: 'LIVEKIT_URL' },
    rooms,
    environment: environmentOf(access),
    failed: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

function environmentOf({ url, key, secret }: ServerAccess): Record<string, string> {
  return { LIVEKIT_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret };
}

async function startOwn(ctx: ServiceContext): Promise<RunningService> {
  const server = findServer(ctx.cacheDir);
  if (server === null) {
    throw new TidemarkError('setup', 'livekit-server is not installed', { hint: 'tidemark setup' });
  }
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(server, ctx);
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || tries === START_TRIES) throw error;
    }
  }
}

async function startOnce(server: FoundServer, ctx: ServiceContext): Promise<RunningService> {
  const [port = 0, tcpPort = 0, debugPort = 0] = await freeTcpPorts(3);
  const udpPort = await freeUdpPort();
  const access = {
    url: `ws://${HOST}:${port}`,
    key: `tidemark${randomBytes(4).toString('hex')}`,
    secret: randomBytes(32).toString('hex'),
  };
  const child = await startChild({
    command: server.file,
    // Keys and settings travel in the environment: an argument or a file could be read, or kept with the run.
    // Nothing else: the server also reads NODE_IP, UDP_PORT, REDIS_HOST and more from its environment.
    env: {
      PATH: process.env.PATH,
      LIVEKIT_CONFIG: settings({ port, tcpPort, udpPort, debugPort }),
      LIVEKIT_KEYS: `${access.key}: ${access.secret}`,
    },
    logFile: join(ctx.runDir, 'livekit-server.log'),
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await child.stop(STOP_MS);
  };
  try {
    const ready = waitUntilReady(child, `http://${HOST}:${port}/`, ctx.signal);
    const [rooms, version] = await Promise.all([roomsOf(access), versionOf(server.file), ready]);
    return {
      id: ID,
      facts: { version, found: server.found },
      rooms,
      environment: environmentOf(access),
      failed: new Promise((resolve) => {
        void child.exited.then((exit) => {
          if (!stopping) resolve(`it ${describeExit(exit)}`);
        });
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ports {
  readonly port: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly debugPort: number;
}

/**
 * `stun_servers` must be an IP literal. The default hands clients public host names; without DNS each room leaves
 * resolver threads behind for a minute: +25 threads and +32 descriptors per cycle in the target, a perfect fake leak.
 */
function settings({ port, tcpPort, udpPort, debugPort }: Ports): string {
  return JSON.stringify({
    port,
    bind_addresses: [HOST],
    rtc: {
      udp_port: udpPort,
      tcp_port: tcpPort,
      node_ip: HOST,
      use_external_ip: false,
      enable_loopback_candidate: true,
      stun_servers: [`${HOST}:3478`],
    },
    debug_handler: { port: debugPort },
    // At level info it writes 20 KB per cycle, session descriptions with network addresses among it.
    logging: { level: 'warn' },
  });
}

async function waitUntilReady(child: Child, url: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + READY_MS;
  const gone = child.exited.then((exit) => {
    throw new TidemarkError('service', `livekit-server ${describeExit(exit)}`);
  });
  gone.catch(() => undefined);
  while (!(await Promise.race([answers(url), gone]))) {
    if (performance.now() > end) {
      throw new TidemarkError('service', `livekit-server was not ready in ${READY_MS / 1000} s`, {
        hint: 'its log is in the run directory',
      });
    }
    await sleep(POLL_MS, signal);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet; the caller asks again.
    return false;
  }
}

async function versionOf(file: string): Promise<string> {
  const { stdout } = await runCommand({ command: file, args: ['--version'] });
  return stdout.trim().split(' ').at(-1) ?? 'unknown';
}
