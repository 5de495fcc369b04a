// What growing objects cost: `npm run build && nice -n 10 node test/bench/growing-objects.mjs [MB ...]` (default 10 60 200).
// A Node program with a heap of that size, objects of about 100 bytes. A throw-away snapshot, then three; figures are the
// CPU time each snapshot takes the program, what the program's resident memory gains, and the analysis of the three in a process of its
// own: CPU seconds and peak memory.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { takeSnapshot } from '../../dist/harness/explainers/_take-snapshot.js';
import { findGrowing } from '../../dist/harness/heap/find-growing.js';
import { readSnapshot } from '../../dist/harness/heap/read-snapshot.js';
import { connectInspector, inspectorAddress } from '../../dist/harness/lib/inspector-client.js';
import { readStat, residentBytes } from '../../dist/harness/lib/proc.js';

const MB = 1e6;
const TICKS_PER_SECOND = 100;
const cpuSecondsOf = (pid) => (readStat(pid)?.cpuTicks ?? 0) / TICKS_PER_SECOND;
const PROGRAM = `
class Item { constructor(i) { this.i = i; this.text = 'item ' + i; this.more = { of: [i, i + 0.5] }; } }
globalThis.items = new Map();
globalThis.fill = (bytes) => {
  while (process.memoryUsage().heapUsed < bytes) for (let n = 0; n < 1000; n++) globalThis.add();
};
globalThis.add = () => globalThis.items.set(globalThis.items.size, new Item(globalThis.items.size));
setInterval(() => undefined, 1000);
`;

/** In a process of its own: reads the snapshots of a folder and prints what that cost. */
function analyse(folder) {
  const began = process.cpuUsage();
  const files = readdirSync(folder).sort();
  const snapshots = files.map((name, at) => {
    return { cycle: 10 * at, confirms: false, read: () => readSnapshot(join(folder, name)) };
  });
  const { objects } = findGrowing(snapshots);
  const { user, system } = process.cpuUsage(began);
  const cpuSeconds = (user + system) / 1e6;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ cpuSeconds, peakBytes, found: objects.map(({ path }) => path) }));
}

async function bench(megabytes) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const limit = '--max-old-space-size=4096';
  const child = spawn(process.execPath, [limit, '--inspect=127.0.0.1:0', '-e', PROGRAM]);
  try {
    const address = await new Promise((found) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        const at = inspectorAddress(line);
        if (at !== null) found(at);
      });
    });
    const inspector = await connectInspector(address);
    const run = async (expression) => {
      const { result } = await inspector.send('Runtime.evaluate', { expression });
      return result.value;
    };
    // The inspector answers before the program has begun.
    while ((await run('typeof globalThis.fill')) !== 'function') await sleep(20);
    await run(`fill(${megabytes * MB})`);
    await inspector.send('HeapProfiler.collectGarbage');
    const before = residentBytes(child.pid);
    const seconds = [];
    for (let snapshot = 0; snapshot < 4; snapshot += 1) {
      await run('for (let n = 0; n < 20; n++) add()');
      const began = cpuSecondsOf(child.pid);
      await takeSnapshot(inspector, join(folder, `${snapshot}.heapsnapshot`));
      seconds.push(cpuSecondsOf(child.pid) - began);
    }
    const gained = residentBytes(child.pid) - before;
    rmSync(join(folder, '0.heapsnapshot'));
    const fileBytes = statSync(join(folder, '3.heapsnapshot')).size;
    inspector.close();
    child.kill('SIGKILL');
    const self = fileURLToPath(import.meta.url);
    const { stdout } = spawnSync(process.execPath, [self, '--analyse', folder], {
      encoding: 'utf8',
    });
    const { cpuSeconds, peakBytes, found } = JSON.parse(stdout);
    const figures = [
      `heap ${megabytes} MB, file ${(fileBytes / MB).toFixed(0)} MB`,
      `snapshots ${seconds.map((each) => each.toFixed(1)).join(', ')} CPU s`,
      `resident memory of the program +${(gained / MB).toFixed(0)} MB`,
      `analysis ${(cpuSeconds / 3).toFixed(2)} CPU s a snapshot, peak ${(peakBytes / MB).toFixed(0)} MB`,
      `found ${found.join('; ')}`,
    ];
    console.log(figures.join(' | '));
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === '--analyse') analyse(second);
else {
  const sizes = process.argv.slice(2).map(Number);
  for (const megabytes of sizes.length === 0 ? [10, 60, 200] : sizes) await bench(megabytes);
}
