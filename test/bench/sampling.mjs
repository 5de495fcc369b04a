// What a sample costs: `npm run build && node test/bench/sampling.mjs [cycles]` (default 30).
// Real server, real rtc-node, private network; figures are CPU ms of the harness per sample by probe, wall time that a
// cycle gains beyond the waits for rest, and the harness's CPU time as a share of the target's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../../dist/harness/lib/cache-dir.js';
import { readStat } from '../../dist/harness/lib/proc.js';
import { loadRegistry } from '../../dist/harness/registry.js';
import { runInPrivateNetwork } from '../../dist/harness/run/private-network.js';
import { takeSample } from '../../dist/harness/run/sampler.js';
import { watchRunning } from '../../dist/harness/run/watch-running.js';

const TICK_MS = 10;
const cycles = Number(process.argv[2] ?? 30);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The probe, with the CPU time of each call noted under its id. */
function metered(probe, costs) {
  return {
    ...probe,
    async sample(ctx) {
      const before = cpuMs();
      try {
        return await probe.sample(ctx);
      } finally {
        costs[probe.id] = [...(costs[probe.id] ?? []), cpuMs() - before];
      }
    },
  };
}

async function bench() {
  const registry = await loadRegistry();
  const runDir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const { signal } = new AbortController();
  const ctx = { cacheDir: cacheDir(), runDir, signal, log: () => undefined };
  const service = await registry.services.get('livekit-server').start(ctx);
  const spec = { id: 'rtc-node', version: '1.1.0', variants: {}, text: 'rtc-node@1.1.0' };
  const environment = {
    ...service.environment,
    ...(await registry.allocators.get('glibc').environment(ctx)),
  };
  const target = await registry.targets
    .get('rtc-node')
    .start({ ...ctx, spec, executor: 'inline', environment, logFile: join(runDir, 'target.log') });
  const costs = {};
  const probes = [...registry.probes.values()].map((probe) => metered(probe, costs));
  const settings = { settleTimeoutMs: 5000, stop: 'never' };
  const scenario = registry.scenarios.get('join-leave');
  const beyondWait = [];
  const looks = [];
  const pid = target.processes[0].pid;
  const targetBefore = readStat(pid).cpuTicks * TICK_MS;
  const harnessBefore = cpuMs();
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const watch = watchRunning(target.processes);
    const cycleBegan = performance.now();
    await scenario.cycle({
      cycle,
      signal,
      target,
      rooms: service.rooms,
      parameters: scenario.parameters ?? {},
    });
    const cycleMs = performance.now() - cycleBegan;
    const { values } = watch.end();
    looks.push({
      count: values['running.looks'] ?? 0,
      ms: values['running.looks-ms'] ?? 0,
      cycleMs,
    });
    const began = performance.now();
    const sample = await takeSample({
      target,
      probes,
      allocator: 'glibc',
      settings,
      cycle,
      checkpoint: 'left+gc',
      cellBeganMs: began,
      signal,
    });
    beyondWait.push(performance.now() - began - sample.settleMs);
  }
  const share = (cpuMs() - harnessBefore) / (readStat(pid).cpuTicks * TICK_MS - targetBefore);
  console.table(
    Object.entries(costs).map(([probe, values]) => ({
      probe,
      'CPU ms per sample (median)': median(values).toFixed(1),
    })),
  );
  console.log(
    `wall time per cycle beyond the waits for rest: ${median(beyondWait).toFixed(0)} ms (median of ${cycles})`,
  );
  const of = (value) => median(looks.map(value));
  console.log(
    `looks at a running cycle (medians): ${of(({ count }) => count)} in ${of(({ cycleMs }) => cycleMs).toFixed(0)} ms, ${of(({ ms }) => ms).toFixed(1)} ms in all; ${looks.filter(({ count }) => count === 0).length} cycles not seen`,
  );
  console.log(`harness CPU as a share of the target's: ${(100 * share).toFixed(0)} %`);
  await target.stop();
  await service.stop();
  rmSync(runDir, { recursive: true, force: true });
}

if (process.env.TIDEMARK_BENCH_INSIDE) await bench();
else {
  const command = [
    'env',
    'TIDEMARK_BENCH_INSIDE=1',
    process.execPath,
    fileURLToPath(import.meta.url),
    String(cycles),
  ];
  process.exitCode = await runInPrivateNetwork(command);
}
