import type { SizeClass, WalkQuality } from './native.ts';

export type Unit = 'bytes' | 'count' | 'ms';

/** What a metric can witness. Only `live`, `count`, `pinned`, `trimmable` and `anonymous` are ever judged. */
export type MetricRole =
  | 'live'
  | 'count'
  | 'pinned'
  | 'trimmable'
  | 'anonymous'
  | 'unexplained'
  | 'info';

export interface MetricInfo {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly role: MetricRole;
}

/** What one probe saw in one sample. A probe that failed says so in `error`; a failed probe is data. */
export interface ProbeReading {
  /** Metric id -> value in the metric's unit. Bytes are integers. */
  readonly values: Readonly<Record<string, number>>;
  /** Only for heap walks: how far the reading can be trusted. */
  readonly quality?: WalkQuality;
  /** Live chunks by size, for size-class growth. */
  readonly census?: readonly SizeClass[];
  /** Milliseconds the target stood still for this reading. */
  readonly stoppedMs?: number;
  /** One line: what could not be read, and why. */
  readonly error?: string;
}

const KNOWN: readonly MetricInfo[] = [
  { id: 'native.live', title: 'native live', unit: 'bytes', role: 'live' },
  { id: 'managed.live', title: 'V8 heap live', unit: 'bytes', role: 'live' },
  { id: 'managed.oilpan', title: 'Blink heap live', unit: 'bytes', role: 'live' },
  { id: 'native.pinned', title: 'slack pinned', unit: 'bytes', role: 'pinned' },
  { id: 'native.trimmable', title: 'slack trimmable', unit: 'bytes', role: 'trimmable' },
  { id: 'memory.anonymous', title: 'anonymous memory', unit: 'bytes', role: 'anonymous' },
  { id: 'memory.unexplained', title: 'unexplained', unit: 'bytes', role: 'unexplained' },
  { id: 'memory.shared', title: 'shared memory', unit: 'bytes', role: 'unexplained' },
  { id: 'native.untouched', title: 'handed out untouched', unit: 'bytes', role: 'unexplained' },
  { id: 'threads.total', title: 'threads', unit: 'count', role: 'info' },
  { id: 'count.processes', title: 'processes', unit: 'count', role: 'count' },
  { id: 'count.zombies', title: 'processes not waited for', unit: 'count', role: 'count' },
  { id: 'count.orphans', title: 'processes left by their parents', unit: 'count', role: 'count' },
  { id: 'count.ended-stacks', title: 'stacks of threads not joined', unit: 'count', role: 'count' },
  { id: 'count.python-blocks', title: 'Python blocks', unit: 'count', role: 'count' },
  { id: 'count.python-tasks', title: 'asyncio tasks', unit: 'count', role: 'count' },
  { id: 'count.python-threads', title: 'Python threads', unit: 'count', role: 'count' },
  { id: 'fds.total', title: 'descriptors', unit: 'count', role: 'info' },
  { id: 'running.pss', title: 'peak PSS in the cycle', unit: 'bytes', role: 'info' },
  { id: 'running.cost', title: 'cost while running', unit: 'bytes', role: 'info' },
  { id: 'running.threads', title: 'most threads in the cycle', unit: 'count', role: 'info' },
  { id: 'running.processes', title: 'most processes in the cycle', unit: 'count', role: 'info' },
  { id: 'running.looks', title: 'looks in the cycle', unit: 'count', role: 'info' },
  { id: 'running.looks-ms', title: 'time of looks in the cycle', unit: 'ms', role: 'info' },
];

const PYTHON_CLASS = 'count.python.';

/** Processes by role, at rest and the most of them in a cycle: for information, `count.processes` is what is judged. */
const PROCESS_ROLES: Readonly<Record<string, string>> = {
  'processes.': 'processes at rest:',
  'running.processes.': 'most processes in the cycle:',
};

const COUNT_PREFIXES: Readonly<Record<string, string>> = {
  threads: 'threads',
  fds: 'descriptors',
  count: 'objects',
};

/**
 * Role, unit and title of a metric, from its id alone, so that a new probe needs no list to be edited:
 * `threads.*`, `fds.*` and `count.*` are counts, everything else unknown is bytes for information only.
 */
export function describeMetric(id: string): MetricInfo {
  const known = KNOWN.find((metric) => metric.id === id);
  if (known !== undefined) return known;
  const roles = Object.keys(PROCESS_ROLES).find((start) => id.startsWith(start));
  if (roles !== undefined) {
    const title = `${PROCESS_ROLES[roles]} ${id.slice(roles.length).replaceAll('-', ' ')}`;
    return { id, title, unit: 'count', role: 'info' };
  }
  if (id.startsWith(PYTHON_CLASS)) {
    const title = `instances of ${id.slice(PYTHON_CLASS.length)}`;
    return { id, title, unit: 'count', role: 'count' };
  }
  const [prefix = '', ...rest] = id.split('.');
  const family = COUNT_PREFIXES[prefix];
  if (family !== undefined) {
    return { id, title: `${family} ${rest.join('.')}`, unit: 'count', role: 'count' };
  }
  return { id, title: id.replaceAll('.', ' '), unit: 'bytes', role: 'info' };
}
