import type { Truth } from '../../harness/contracts/config.ts';
import type { LedgerContents, LedgerEntry, SampleBody } from '../../harness/contracts/ledger.ts';
import type { ProbeReading } from '../../harness/contracts/measurement.ts';
import type { SizeClass, WalkQuality } from '../../harness/contracts/native.ts';
import type { Budget, CellPlan, RunPlan, SkippedCell } from '../../harness/contracts/plan.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;

/** Small deterministic source (G. Marsaglia 2003, xorshift): the same ledger in every run. */
export function source(seed: number): { uniform: () => number; normal: () => number } {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export interface CellSpec {
  readonly scenario?: string;
  readonly target?: string;
  readonly executor?: string;
  readonly allocator?: string;
  readonly repeat?: number;
  readonly pace?: 'time';
  /** Value of the ladder's parameter `upTo`. */
  readonly step?: string;
}

export function cellPlan(spec: CellSpec = {}): CellPlan {
  const { scenario = 'join-leave', target = 'demo@1.0.0', executor = 'inline' } = spec;
  const { allocator = 'glibc', repeat = 1, pace, step } = spec;
  const named = step === undefined ? '' : `[upTo=${step}]`;
  const [id = 'demo', version = '1.0.0'] = target.split('@');
  return {
    id: `${scenario}${named}/${target}/${executor}/${allocator}${repeat > 1 ? `#${repeat}` : ''}`,
    scenario,
    target: { id, version, variants: {}, text: target },
    executor,
    allocator,
    repeat,
    ...(pace === undefined ? {} : { pace }),
    ...(step === undefined ? {} : { step: { parameter: 'upTo', value: step } }),
  };
}

type Value = number | null | undefined;
/** Metric id -> value in cycle k; null: the probe failed, undefined: the probe worked and did not list it. */
export type Metrics = Readonly<Record<string, (cycle: number) => Value>>;

const PROBE_OF: Readonly<Record<string, string>> = {
  native: 'glibc-heap',
  managed: 'v8-heap',
  memory: 'memory-map',
  map: 'memory-map',
  threads: 'threads',
  fds: 'descriptors',
  count: 'objects',
  running: 'running',
  processes: 'processes',
};

export interface CellScript {
  readonly cell?: CellSpec;
  readonly cycles: number;
  readonly metrics: Metrics;
  readonly quality?: (cycle: number) => WalkQuality;
  readonly census?: (cycle: number) => readonly SizeClass[];
  readonly unsettled?: (cycle: number) => boolean;
  /** When a cycle is sampled; default: one a second. */
  readonly secondOf?: (cycle: number) => number;
  /** Seconds after the last cycle -> metrics, as samples of the idle tail. */
  readonly idle?: { readonly checkpoint: 'joined' | 'left+idle'; readonly metrics: Metrics };
  readonly end?:
    | 'ended'
    | 'cut'
    | Omit<Extract<LedgerEntry, { type: 'cell-failed' }>, 'at' | 'cell' | 'type'>;
}

function readings(
  script: CellScript,
  metrics: Metrics,
  cycle: number,
): Record<string, ProbeReading> {
  const probes: Record<string, ProbeReading> = {};
  for (const [id, valueAt] of Object.entries(metrics)) {
    const probe = PROBE_OF[id.split('.')[0] ?? ''] ?? 'other';
    const value = valueAt(cycle);
    const before = probes[probe] ?? { values: {} };
    const values = value == null ? before.values : { ...before.values, [id]: Math.round(value) };
    probes[probe] =
      value === null ? { ...before, error: `${id} could not be read` } : { ...before, values };
  }
  const heap = probes['glibc-heap'];
  if (heap !== undefined) {
    const quality = script.quality?.(cycle) ?? 'exact';
    const census = script.census?.(cycle);
    probes['glibc-heap'] = { ...heap, quality, ...(census === undefined ? {} : { census }) };
  }
  return probes;
}

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

export function cellLedger(script: CellScript): LedgerEntry[] {
  const plan = cellPlan(script.cell);
  const head = (second: number) => ({
    at: new Date(START + 1000 * second).toISOString(),
    cell: plan.id,
  });
  const body = (
    cycle: number,
    seconds: number,
    metrics: Metrics,
  ): Omit<SampleBody, 'checkpoint'> => ({
    cycle,
    atMs: 1000 * seconds,
    settled: script.unsettled?.(cycle) !== true,
    settleMs: 120,
    probes: readings(script, metrics, cycle),
  });
  const entries: LedgerEntry[] = [
    {
      ...head(0),
      type: 'cell-started',
      plan,
      proof: { allocator: plan.allocator, evidence: `lib${plan.allocator} is mapped` },
      facts: {
        versions: { sdk: plan.target.version ?? '' },
        launchCommand: 'node job-host.js',
        nativeBinaries: ['libdemo.so'],
      },
    },
  ];
  for (let cycle = 1; cycle <= script.cycles; cycle += 1) {
    const sample = body(cycle, script.secondOf?.(cycle) ?? cycle, script.metrics);
    const checkpoint = plan.pace === 'time' ? 'joined' : 'left+gc';
    entries.push({ ...head(cycle), type: 'sample', checkpoint, ...sample });
  }
  const { idle, end = 'ended', cycles } = script;
  for (let second = 1; idle !== undefined && second <= 6; second += 1) {
    const sample = { ...body(second, cycles + second, idle.metrics), cycle: cycles };
    entries.push({
      ...head(cycles + second),
      type: 'checkpoint',
      checkpoint: idle.checkpoint,
      ...sample,
    });
  }
  if (end === 'ended') entries.push({ ...head(cycles + 10), type: 'cell-ended', cycles });
  else if (end !== 'cut') entries.push({ ...head(cycles + 10), type: 'cell-failed', ...end });
  return entries;
}

export function ledgerOf(...scripts: readonly CellScript[]): LedgerContents {
  return { entries: scripts.flatMap(cellLedger), problems: [] };
}

export interface PlanSpec {
  readonly cells: readonly CellSpec[];
  readonly cycles?: number;
  readonly budgets?: readonly Budget[];
  readonly truths?: readonly Truth[];
  readonly skipped?: readonly SkippedCell[];
}

export function planOf(spec: PlanSpec): RunPlan {
  return {
    schemaVersion: 1,
    runId: '20260102-030405-abcd',
    createdAt: '2026-01-02T03:04:05.000Z',
    tidemarkVersion: '0.1.0',
    settings: {
      cycles: spec.cycles ?? 40,
      untilDecided: false,
      repeats: 1,
      idleTailMs: 5000,
      settleTimeoutMs: 5000,
      cycleTimeoutMs: 60_000,
      memoryLimitBytes: 4 * 1024 * MiB,
      stop: 'if-inconsistent',
      parameters: {},
    },
    budgets: spec.budgets ?? [],
    cells: spec.cells.map(cellPlan),
    skipped: spec.skipped ?? [],
    truths: spec.truths ?? [],
    reports: ['terminal', 'json', 'markdown'],
    network: { kind: 'private', reason: 'user namespaces work here' },
    machine: {
      kernel: '6.1.0',
      arch: 'x64',
      cpus: 2,
      memoryBytes: 8 * 1024 * MiB,
      libc: 'glibc 2.36',
      node: 'v20.20.2',
      transparentHugePages: 'madvise',
    },
  };
}

export const flat = (level: number) => (): number => level;
export const leak =
  (level: number, slope: number) =>
  (cycle: number): number =>
    level + slope * cycle;

/**
 * The public pair as it was measured: live bytes +0.40 MB (bad) or +3 KB (good) per cycle; residency rises first by
 * allocator warm-up in both; threads and descriptors wobble by late teardown.
 */
export function rtcNode(
  bad: boolean,
  spec: CellSpec & { cycles: number; seed: number },
): CellScript {
  const { uniform, normal } = source(spec.seed);
  const allocator = spec.allocator ?? 'glibc';
  const rate = bad ? 400_000 : 3000;
  const warm = (cycle: number): number => 20 * MiB * (1 - Math.exp(-cycle / 35));
  let pinned = 4 * MiB;
  let trimmable = 3 * MiB;
  const state = { cycle: -1, live: 0, pinned: 0, trimmable: 0, managed: 0 };
  const at = (cycle: number): typeof state => {
    if (state.cycle === cycle) return state;
    pinned = 4 * MiB + 0.35 * warm(cycle) + 60 * KiB * normal();
    trimmable = 3 * MiB + 0.5 * warm(cycle) + (uniform() < 0.3 ? 132 * KiB * normal() : 0);
    return Object.assign(state, {
      cycle,
      live: 14 * MiB + rate * cycle + 200 * normal() + 60 * KiB * Math.min(cycle, 3),
      pinned,
      trimmable,
      managed: 9 * MiB + 60 * KiB * Math.log(cycle) + 3 * KiB * normal(),
    });
  };
  const native = (cycle: number): number => {
    const { live, pinned: p, trimmable: t } = at(cycle);
    return live + p + t + 40 * KiB;
  };
  const anonymous = (cycle: number): number => native(cycle) + 30 * MiB + 50 * KiB * normal();
  const walked: Metrics =
    allocator === 'jemalloc'
      ? {}
      : {
          'native.live': (k) => at(k).live,
          'native.pinned': (k) => at(k).pinned,
          'native.trimmable': (k) => at(k).trimmable,
          'native.resident': native,
        };
  return {
    cell: { ...spec, target: bad ? 'rtc-node@1.1.0' : 'rtc-node@1.1.0+ffi0.12.80' },
    cycles: spec.cycles,
    metrics: {
      ...walked,
      'managed.live': (k) => at(k).managed,
      'memory.anonymous': anonymous,
      'memory.rss': (k) => anonymous(k) + 60 * MiB,
      'threads.total': () => 18 + (uniform() < 0.15 ? 1 + Math.floor(3 * uniform()) : 0),
      'threads.tokio-runtime-w': flat(4),
      'threads.node': flat(11),
      'threads.signaling_thre': () => (uniform() < 0.12 ? 1 : 0),
      'threads.network_thread': (k) => (k > 2 ? 1 : 0),
      'fds.total': (k) => 36 + (k > 3 ? 2 : 0) + (uniform() < 0.15 ? 1 : 0),
      'fds.socket': () => 4 + (uniform() < 0.1 ? 2 : 0),
      'fds.pipe': flat(12),
      'fds.anon-eventfd': (k) => 8 + (k > 3 ? 2 : 0) + (uniform() < 0.1 ? 1 : 0),
    },
    quality: () => (uniform() < 0.8 ? 'consistent' : uniform() < 0.9 ? 'exact' : 'inconsistent'),
    ...(bad && allocator === 'glibc'
      ? {
          census: (k: number) => [
            { sizeBytes: 28_976, count: 3 + k },
            { sizeBytes: 18_480, count: 2 + k },
            { sizeBytes: 6080, count: 20 + 7 * k },
            { sizeBytes: 112, count: 9000 + 500 * k + Math.round(6 * normal()) },
            { sizeBytes: 48, count: 4000 + Math.round(40 * normal()) },
            { sizeBytes: 32, count: 1 },
          ],
        }
      : {}),
  };
}
