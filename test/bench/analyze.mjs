// node test/bench/analyze.mjs [cells] [cycles] [seed]: how long the analysis of a large ledger takes, and how much memory.
// The ledger is made here, cell by cell, from a seed: a pair of targets as they were measured, a leak and its fix, each
// with slack, residency, threads, descriptors and a census. Goal: 200 cells x 1,000 cycles in 10 s and 300 MB.
import { performance } from 'node:perf_hooks';
import { startAnalysis } from '../../dist/harness/analyze/analyze-run.js';
import { decide } from '../../dist/harness/verdict/verdict.js';

const [cells = 200, cycles = 1000, seed = 1] = process.argv.slice(2).map(Number);
const KiB = 1024;
const MiB = 1024 * KiB;

/** G. Marsaglia 2003, xorshift. */
function source(from) {
  let state = (from * 2654435761 + 1) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

function planOf(index) {
  const allocator = index % 2 === 0 ? 'glibc' : 'jemalloc';
  const leaks = index % 4 < 2;
  const text = leaks ? 'demo@1' : 'demo@2';
  const repeat = 1 + Math.floor(index / 4);
  return {
    leaks,
    plan: {
      id: `join-leave/${text}/inline/${allocator}${repeat > 1 ? `#${repeat}` : ''}`,
      scenario: 'join-leave',
      target: { id: 'demo', variants: {}, text },
      executor: 'inline',
      allocator,
      repeat,
    },
  };
}

const KINDS = ['node', 'tokio', 'network', 'signaling', 'worker', 'audio', 'rtc'];

function probesAt(k, { leaks, allocator, source: { uniform, normal } }) {
  const warm = 20 * MiB * (1 - Math.exp(-k / 35));
  const live = 14 * MiB + (leaks ? 400_000 : 300) * k + 200 * normal();
  const pinned = 4 * MiB + 0.35 * warm + 60 * KiB * normal();
  const trimmable = 3 * MiB + 0.5 * warm + (uniform() < 0.3 ? 132 * KiB * normal() : 0);
  const round = (values) =>
    Object.fromEntries(Object.entries(values).map(([id, value]) => [id, Math.round(value)]));
  const native = live + pinned + trimmable + 40 * KiB;
  const anonymous = native + 30 * MiB + 50 * KiB * normal();
  const threads = Object.fromEntries(
    KINDS.map((kind, i) => [`threads.${kind}`, i + (uniform() < 0.1 ? 1 : 0)]),
  );
  const heap = {
    values: round({
      'native.live': live,
      'native.pinned': pinned,
      'native.trimmable': trimmable,
      'native.resident': native,
      'native.tcache': 700_000 + 100 * normal(),
    }),
    quality: 'consistent',
    census: Array.from({ length: 60 }, (_, i) => ({
      sizeBytes: 32 + 16 * i,
      count: 1000 + (leaks ? (i % 7) * k : 0) + Math.round(5 * uniform()),
    })),
  };
  return {
    ...(allocator === 'glibc' ? { 'glibc-heap': heap } : {}),
    'v8-heap': {
      values: round({
        'managed.live': 9 * MiB + 60 * KiB * Math.log(k) + 3 * KiB * normal(),
        'managed.committed': 12 * MiB + 50 * KiB * normal(),
      }),
    },
    'memory-map': {
      values: round({
        'memory.anonymous': anonymous,
        'memory.rss': anonymous + 60 * MiB,
        'memory.pss': anonymous + 20 * MiB,
        'map.malloc-arena': native,
        'map.stack': 500_000 + 4096 * Math.round(normal()),
        'map.other': 9 * MiB + 20 * KiB * normal(),
      }),
    },
    threads: { values: { 'threads.total': 28 + (uniform() < 0.15 ? 1 : 0), ...threads } },
    descriptors: {
      values: { 'fds.total': 38, 'fds.socket': 4 + (uniform() < 0.1 ? 2 : 0), 'fds.pipe': 12 },
    },
  };
}

function* entriesOf(index) {
  const { plan, leaks } = planOf(index);
  const random = source(seed * 1000 + index);
  const head = { at: '2026-01-02T03:04:05.000Z', cell: plan.id };
  const facts = { versions: {}, launchCommand: '', nativeBinaries: [] };
  const proof = { allocator: plan.allocator, evidence: '' };
  yield { ...head, type: 'cell-started', plan, proof, facts };
  for (let k = 1; k <= cycles; k += 1) {
    const probes = probesAt(k, { leaks, allocator: plan.allocator, source: random });
    const times = { cycle: k, atMs: 1000 * k, settled: true, settleMs: 100 };
    yield { ...head, type: 'sample', checkpoint: 'left+gc', ...times, probes };
  }
  yield { ...head, type: 'cell-ended', cycles };
}

const plan = {
  schemaVersion: 1,
  runId: 'bench',
  createdAt: '2026-01-02T03:04:05.000Z',
  settings: { cycles, untilDecided: false, repeats: Math.ceil(cells / 4) },
  budgets: [],
  cells: Array.from({ length: cells }, (_, index) => planOf(index).plan),
  skipped: [],
  truths: [],
  network: { kind: 'private', reason: '' },
};

let peak = 0;
const look = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
let analysing = 0;
let cpu = 0;
let calls = 0;
const cpuMs = () => process.cpuUsage().user / 1000;
const timed = (work) => {
  const [start, used] = [performance.now(), cpuMs()];
  const value = work();
  analysing += performance.now() - start;
  cpu += cpuMs() - used;
  calls += 1;
  if (calls % 100 === 0 || calls > cells * cycles) look();
  return value;
};

const analysis = startAnalysis(plan);
const began = performance.now();
for (let index = 0; index < cells; index += 1) {
  // Through JSON and line by line, as a ledger is read: what the parser makes is what the analysis has to hold.
  for (const entry of entriesOf(index)) {
    const parsed = JSON.parse(JSON.stringify(entry));
    timed(() => analysis.add(parsed));
  }
}
const result = timed(() => decide(plan, analysis.finish([])));
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
console.log(`${cells} cells x ${cycles} cycles, seed ${seed}`);
console.log(`analysis ${seconds(analysing)}, CPU ${seconds(cpu)} (goal 10 s at 200 x 1000)`);
console.log(`with making and parsing the ledger ${seconds(performance.now() - began)}`);
console.log(`peak resident memory ${Math.round(peak / MiB)} MiB (goal 300 MB at 200 x 1000)`);
const counted = {};
for (const { cell, classification } of result.cells) {
  const key = `${cell.target.text} ${cell.allocator}: ${classification.kind}`;
  counted[key] = (counted[key] ?? 0) + 1;
}
console.log(counted);
