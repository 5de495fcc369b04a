// Runs in a private network namespace: real server, real Chromium, a few cycles. Prints one line of JSON.
// usage: node _pages.mjs DIST CACHE RUN_DIR PART [CYCLES]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countInstances } from './_count-instances.mjs';

const [dist, cacheDir, runDir, part, count = '6'] = process.argv.slice(2);
const load = async (path) => (await import(join(dist, path))).default;
const { parseTargetSpec } = await import(join(dist, 'harness/plan/parse-target-spec.js'));
const { processTree } = await import(join(dist, 'harness/lib/proc.js'));
const { roledProcesses } = await import(join(dist, 'harness/lib/process-roles.js'));
const allocator = await load('harness/allocators/partition-alloc.js');
const livekitClient = await load('harness/targets/livekit-client.js');
const server = await load('harness/services/livekit-server.js');
const scenario = await load('scenarios/join-leave.js');

const { signal } = new AbortController();
const ctx = { cacheDir, runDir, log: () => undefined, signal };
const service = await server.start(ctx);
const { rooms } = service;

const startTarget = async (text, executor) =>
  await livekitClient.start({
    ...ctx,
    spec: parseTargetSpec(text),
    executor,
    environment: await allocator.environment({ cacheDir }),
    logFile: join(runDir, 'target.log'),
  });

async function joinRoom(target, room, identity) {
  const token = await rooms.token(room, identity);
  const session = await target.join({ url: rooms.url, token, identity });
  await rooms.waitForParticipant(room, identity);
  return session;
}

const cycles = async (target, endings) => {
  for (const [index, ending] of endings.entries()) {
    await scenario.cycle({ cycle: index + 1, signal, target, rooms, parameters: { ending } });
  }
};

const pageOf = (target) => target.runtimes.find(({ isPage }) => isPage);

/** What a page holds after a garbage collection. */
async function countAll(target) {
  const page = pageOf(target);
  await page.collectGarbage();
  const { jsEventListeners } = await page.protocol.send('Memory.getDOMCounters');
  return {
    listeners: jsEventListeners,
    audioContexts: await countInstances(page.protocol, 'AudioContext.prototype'),
    rooms: await countInstances(page.protocol, 'LivekitClient.Room.prototype'),
  };
}

const attempt = (promise) =>
  promise.then(
    () => 'resolved',
    (error) => error.message,
  );

const PARTS = {
  /** What so many cycles leave behind, as version and executor. */
  async row6() {
    const found = {};
    for (const [version, executor] of [
      ['2.22.0', 'inline'],
      ['2.22.4', 'inline'],
      ['2.23.0', 'inline'],
      ['2.22.0', 'reload'],
    ]) {
      const target = await startTarget(`livekit-client@${version}`, executor);
      await cycles(target, Array(Number(count)).fill('leave'));
      found[`${version} ${executor}`] = await countAll(target);
      await target.stop();
    }
    return found;
  },

  async media() {
    const target = await startTarget('livekit-client@2.23.0', 'inline');
    const found = { facts: await target.facts() };
    found.proof = await allocator.prove(target.processes[0].pid);
    await cycles(target, ['server-end', 'kicked']);
    const room = await rooms.create();
    const speaker = await joinRoom(target, room, 'speaker');
    const listener = await joinRoom(target, room, 'listener');
    await speaker.media.publishTone();
    const stream = await listener.media.openStream({ from: 'speaker', read: true });
    await stream.frames(20);
    await stream.close();
    const unread = await listener.media.openStream({ from: 'speaker', read: false });
    found.unread = await attempt(unread.frames(1));
    await unread.close();
    await speaker.media.unpublish();
    await speaker.leave();
    await listener.leave();
    await rooms.remove(room);
    const { protocol } = pageOf(target);
    await pageOf(target).collectGarbage();
    found.elements = (
      await protocol.send('Runtime.evaluate', {
        expression: 'document.querySelectorAll("audio, video").length',
      })
    ).result.value;
    found.own = (
      await protocol.send('Runtime.evaluate', {
        expression: 'Object.keys(globalThis).filter((name) => /tidemark/i.test(name)).length',
      })
    ).result.value;
    // A page whose console is listened to keeps what it logs.
    await protocol.send('Runtime.evaluate', {
      expression:
        'globalThis.Logged = class {}; for (let i = 0; i < 5; i++) console.log(new Logged()); 0',
    });
    await pageOf(target).collectGarbage();
    found.logged = await countInstances(protocol, 'Logged.prototype');
    found.noSuchClass = await attempt(countInstances(protocol, 'NoSuch.prototype'));
    await target.stop();
    return found;
  },

  async ends() {
    const found = {};
    const target = await startTarget('livekit-client@2.23.0', 'process');
    const { pid } = target.processes[0];
    const count = () =>
      roledProcesses(target.processes).filter(({ role }) => role === 'renderer').length;
    const before = count();
    const room = await rooms.create();
    const session = await joinRoom(target, room, 'one');
    const other = await joinRoom(target, room, 'two');
    found.whileJoined = [count() - before, target.runtimes.map(({ kind }) => kind)];
    await session.leave();
    await other.leave();
    while (count() > before) await new Promise((wake) => setTimeout(wake, 20));
    found.afterwards = [count() - before, target.runtimes.map(({ kind }) => kind)];
    const late = await joinRoom(target, room, 'late');
    found.joinedTo = late.identity;
    found.badUrl = await attempt(
      target.join({ url: 'ws://127.0.0.1:9', token: 'none', identity: 'nowhere' }),
    );
    found.roles = [...new Set(roledProcesses(target.processes).map(({ role }) => role))].sort();
    const tree = processTree(pid);
    const page = target.runtimes.find(({ isPage }) => isPage);
    found.isRenderer = readFileSync(`/proc/${page.pid}/cmdline`, 'utf8').includes(
      '--type=renderer',
    );
    process.kill(page.pid, 'SIGKILL');
    found.exit = await target.exited;
    await target.stop();
    found.alive = tree.filter(
      (each) => existsSync(`/proc/${each}`) && processTree(each).length > 0,
    );
    return found;
  },
};

const found = await PARTS[part]();
await service.stop();
console.log(JSON.stringify(found));
process.exit();
