// Runs in a private network namespace: real server, real peers. Prints one line of JSON.
// usage: node _peers.mjs DIST CACHE RUN_DIR
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [dist, cacheDir, runDir] = process.argv.slice(2);
// What an allocator's plug-in would put under the target must not reach a peer, nor what the shell has set.
process.env.MALLOC_ARENA_MAX = '1';
const load = async (path) => await import(join(dist, path));
const { default: server } = await load('harness/services/livekit-server.js');
const { makePeers } = await load('harness/run/peers.js');
const { guardCell } = await load('harness/run/guards.js');

const { signal } = new AbortController();
const service = await server.start({ cacheDir, runDir, log: () => undefined, signal });
const { rooms } = service;
const peers = makePeers({ rooms: () => rooms, logFile: join(runDir, 'peers.log') });
const target = { processes: [], exited: new Promise(() => undefined) };
const guards = guardCell({ target, services: [peers], memoryLimitBytes: 2 ** 40, signal });
const attempt = (promise) =>
  promise.then(
    () => 'resolved',
    (error) => error.message,
  );

const found = { before: peers.pid() };
const room = await rooms.create();
const [speaker, listener] = await Promise.all([
  peers.join({ room, publishes: true }),
  peers.join({ room, reads: true }),
]);
const pid = peers.pid();
found.environment = /MALLOC|LD_PRELOAD|LIVEKIT_API_SECRET/.test(
  readFileSync(`/proc/${pid}/environ`, 'utf8'),
);
found.present = [...(await rooms.participants(room))].sort();
await listener.frames(20);
found.deaf = await attempt(speaker.frames(0));
await listener.leave();
found.left = await rooms.participants(room);
found.again = (await peers.join({ room, reads: true })).identity;

// Somebody kills the process: who waits is told, the cell is told, and whoever asks later too.
process.kill(pid, 'SIGKILL');
found.broken = await guards.broken.catch(({ kind, message }) => ({ kind, message }));
found.leave = await attempt(speaker.leave());
found.join = await attempt(peers.join({ room }));
guards.release();
await peers.stop();
await service.stop();
found.gone = !existsSync(`/proc/${pid}`);
console.log(JSON.stringify(found));
process.exit();
