// Runs in a private network namespace: real server, real rtc-node under one executor. Prints one line of JSON.
// usage: node _executors.mjs DIST CACHE RUN_DIR EXECUTOR TARGET
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const [dist, cacheDir, runDir, executor, spec] = process.argv.slice(2);
const load = async (path) => await import(join(dist, path));
const { parseTargetSpec } = await load('harness/plan/parse-target-spec.js');
const { processTree } = await load('harness/lib/proc.js');
const rtcNode = (await load('harness/targets/rtc-node.js')).default;
const server = (await load('harness/services/livekit-server.js')).default;
const scenario = (await load('scenarios/join-leave.js')).default;

const { signal } = new AbortController();
const ctx = { cacheDir, runDir, log: () => undefined, signal };
const service = await server.start(ctx);
const target = await rtcNode.start({
  ...ctx,
  spec: parseTargetSpec(spec),
  executor,
  environment: service.environment,
  logFile: join(runDir, `${executor}.log`),
});
const [{ pid, role }] = target.processes;
const attempt = (promise) =>
  promise.then(
    () => 'resolved',
    (error) => error.message,
  );
const counts = () => ({
  processes: processTree(pid).length,
  threads: readdirSync(`/proc/${pid}/task`).length,
});
const joinAs = async (room, identity) => {
  const token = await service.rooms.token(room, identity);
  return await target.join({ url: service.rooms.url, token, identity });
};

const found = { role, versions: (await target.facts()).versions, atRest: counts() };
for (const [index, ending] of ['leave', 'server-end', 'kicked'].entries()) {
  const parameters = { ending };
  await scenario.cycle({ cycle: index + 1, signal, target, rooms: service.rooms, parameters });
}
found.afterwards = counts();

const room = await service.rooms.create(60);
found.badUrl = await attempt(target.join({ url: 'ws://127.0.0.1:9', token: '', identity: 'no' }));
found.afterBadUrl = counts().processes;
const first = await joinAs(room, 'first');
found.second = await attempt(joinAs(room, 'second'));
found.inRoom = (await service.rooms.participants(room))?.toSorted();
await first.leave();
found.stillInRoom = await service.rooms.participants(room);

if (executor === 'process') {
  // A job that dies while nobody asks it anything.
  const before = processTree(pid);
  const dying = await joinAs(room, 'dying');
  const job = processTree(pid).find((each) => !before.includes(each));
  const ended = attempt(dying.ended());
  process.kill(job, 'SIGKILL');
  found.died = [await ended, await attempt(dying.leave())];
}
await target.stop();
await service.stop();
found.gone = processTree(pid);
console.log(JSON.stringify(found));
process.exit();
