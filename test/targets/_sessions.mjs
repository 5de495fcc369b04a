// Runs in a private network namespace: real server, real rtc-node, a few cycles. Prints one line of JSON.
// usage: node _sessions.mjs DIST CACHE RUN_DIR ALLOCATOR TARGET
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [dist, cacheDir, runDir, allocatorId, spec] = process.argv.slice(2);
const load = async (path) => (await import(join(dist, path))).default;
const { parseTargetSpec } = await import(join(dist, 'harness/plan/parse-target-spec.js'));
const allocator = await load(`harness/allocators/${allocatorId}.js`);
const other = await load(
  `harness/allocators/${allocatorId === 'jemalloc' ? 'glibc' : 'jemalloc'}.js`,
);
const rtcNode = await load('harness/targets/rtc-node.js');
const server = await load('harness/services/livekit-server.js');
const scenario = await load('scenarios/join-leave.js');

const { signal } = new AbortController();
const ctx = { cacheDir, runDir, log: () => undefined, signal };
const service = await server.start(ctx);
const target = await rtcNode.start({
  ...ctx,
  spec: parseTargetSpec(spec),
  executor: 'inline',
  environment: { ...service.environment, ...(await allocator.environment({ cacheDir })) },
  logFile: join(runDir, 'target.log'),
});
const { pid } = target.processes[0];
const [runtime] = target.runtimes;
const descriptors = () => readdirSync(`/proc/${pid}/fd`).length;
const attempt = (promise) =>
  promise.then(
    () => 'resolved',
    (error) => error.message,
  );

const found = { facts: await target.facts(), proof: await allocator.prove(pid) };
found.wrongAllocator = await attempt(other.prove(pid));
for (const [index, ending] of ['leave', 'server-end', 'kicked'].entries()) {
  const parameters = { ending };
  await scenario.cycle({ cycle: index + 1, signal, target, rooms: service.rooms, parameters });
}
await runtime.collectGarbage();
found.heap = await runtime.heapUsage();
found.descriptors = descriptors();

// A session that is open while the target dies.
const room = await service.rooms.create();
const token = await service.rooms.token(room, 'late');
found.badUrl = await attempt(target.join({ url: 'ws://127.0.0.1:9', token, identity: 'nowhere' }));
const session = await target.join({ url: service.rooms.url, token, identity: 'late' });
await service.rooms.waitForParticipant(room, 'late');
found.seen = await service.rooms.participants(room);
const ended = attempt(session.ended());
process.kill(pid, 'SIGKILL');
const began = performance.now();
found.ended = await ended;
found.toldAtOnce = performance.now() - began < 500;
found.leave = await attempt(session.leave());
found.exit = await target.exited;
await target.stop();
await service.stop();
found.gone = !existsSync(`/proc/${pid}`);
console.log(JSON.stringify(found));
process.exit();
