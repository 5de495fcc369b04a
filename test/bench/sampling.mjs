// What a sample costs: `npm run build && node test/bench/sampling.mjs [cycles] [target]` (default 30, rtc-node@1.1.0).
// Real server, real target, private network; figures are CPU ms per sample by probe, of the harness and of the target,
// wall time that a cycle gains beyond the waits for rest, and the harness's CPU time as a share of the target's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../../dist/harness/lib/cache-dir.js';
import { processTree, readStat } from '../../dist/harness/lib/proc.js';
import { parseTargetSpec } from '../../dist/harness/plan/parse-target-spec.js';
import { loadRegistry } from '../../dist/harness/registry.js';
import { runInPrivateNetwork } from '../../dist/harness/run/private-network.js';
import { takeSample } from '../../dist/harness/run/sampler.js';
import { watchRunning } from '../../dist/harness/run/watch-running.js';

const TICK_MS = 10;
const cycles = Number(process.argv[2] ?? 30);
const targetText = process.argv[3] ?? 'rtc-node@1.1.0';
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const treeCpuMs = (root) =>
  processTree(root).reduce((sum, pid) => sum + (readStat(pid)?.cpuTicks ?? 0) * TICK_MS, 0);

/** The probe, with the CPU time of each call noted under its id. */
function metered(probe, costs, root) {
  return {
    ...probe,
    async sample(ctx) {
      const before = cpuMs();
      const treeBefore = treeCpuMs(root());
      try {
        return await probe.sample(ctx);
      } finally {
        const cost = { harness: cpuMs() - before, target: treeCpuMs(root()) - treeBefore };
        costs[probe.id] = [...(costs[probe.id] ?? []), cost];
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
  const spec = parseTargetSpec(targetText);
  const plugIn = registry.targets.get(spec.id);
  const allocator = plugIn.allocators === 'any' ? 'glibc' : plugIn.allocators[0];
  const environment = {
    ...service.environment,
    ...(await registry.allocators.get(allocator).environment(ctx)),
  };
  const logFile = join(runDir, 'target.log');
  const target = await plugIn.start({ ...ctx, spec, executor: 'inline', environment, logFile });
  const costs = {};
  const { pid } = target.processes[0];
  const cheap = [...registry.probes.values()].filter(({ cost }) => cost === 'cheap');
  const probes = cheap.map((probe) => metered(probe, costs, () => pid));
  const settings = { settleTimeoutMs: 5000, stop: 'never' };
  const scenario = registry.scenarios.get('join-leave');
  const beyondWait = [];
  const looks = [];
  const targetBefore = treeCpuMs(pid);
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
      allocator,
      settings,
      cycle,
      checkpoint: 'left+gc',
      cellBeganMs: began,
      signal,
    });
    beyondWait.push(performance.now() - began - sample.settleMs);
  }
  const share = (cpuMs() - harnessBefore) / (treeCpuMs(pid) - targetBefore);
  console.table(
    Object.entries(costs).map(([probe, values]) => ({
      probe,
      'harness, CPU ms per sample (median)': median(values.map((cost) => cost.harness)).toFixed(1),
      'target, CPU ms per sample (mean)': mean(values.map((cost) => cost.target)).toFixed(1),
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
    targetText,
  ];
  process.exitCode = await runInPrivateNetwork(command);
}
