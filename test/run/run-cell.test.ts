import { expect, it } from 'vitest';
import { TidemarkError } from '../../harness/contracts/errors.ts';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { CellPlan, RunSettings } from '../../harness/contracts/plan.ts';
import type {
  Allocator,
  Probe,
  RunningTarget,
  Scenario,
  Service,
  Target,
} from '../../harness/contracts/plugins.ts';
import { type CellParts, runCell } from '../../harness/run/run-cell.ts';

const cell: CellPlan = {
  id: 'fake/fake/inline/glibc',
  scenario: 'fake',
  target: { id: 'fake', variants: {}, text: 'fake' },
  executor: 'inline',
  allocator: 'glibc',
  repeat: 1,
};
const settings: RunSettings = {
  cycles: 2,
  untilDecided: false,
  repeats: 1,
  idleTailMs: 0,
  settleTimeoutMs: 1000,
  cycleTimeoutMs: 1000,
  memoryLimitBytes: 2 ** 40,
  stop: 'never',
  parameters: {},
};

/** Stand-ins that only write down when they are called; the real parts have tests of their own. */
function fakeParts(
  calls: string[],
  overrides: { cycle?: Scenario['cycle']; prove?: Allocator['prove'] } = {},
): CellParts {
  const note = (what: string) => void calls.push(what);
  const target: RunningTarget = {
    processes: [{ pid: process.pid, role: 'job' }],
    runtimes: [],
    exited: new Promise(() => undefined),
    facts: async () => ({ versions: {}, launchCommand: 'fake', nativeBinaries: [] }),
    stop: async () => note('target stops'),
  };
  const service: Service = {
    id: 'fake-service',
    title: 'fake',
    ensure: async () => undefined,
    start: async () => {
      note('service starts');
      const stop = async (): Promise<void> => note('service stops');
      return {
        id: 'fake-service',
        facts: {},
        environment: {},
        failed: new Promise(() => undefined),
        stop,
      };
    },
  };
  const scenario: Scenario = {
    id: 'fake',
    title: 'fake',
    description: 'fake',
    services: ['fake-service'],
    needs: [],
    setup: async () => note('set up'),
    cycle: overrides.cycle ?? (async ({ cycle }) => note(`cycle ${cycle}`)),
    teardown: async () => note('tear down'),
  };
  const probe: Probe = {
    id: 'fake-probe',
    title: 'fake',
    cost: 'cheap',
    metrics: ['info.x'],
    supports: () => true,
    sample: async () => {
      note('sample');
      return { values: { 'info.x': 1 } };
    },
  };
  const start = async (): Promise<RunningTarget> => {
    note('target starts');
    return target;
  };
  const prove = async () => {
    note('allocator proven');
    return { allocator: 'glibc', evidence: 'fake' };
  };
  return {
    scenario,
    target: { id: 'fake', title: 'fake', start } as unknown as Target,
    allocator: {
      id: 'glibc',
      title: 'fake',
      environment: async () => ({}),
      prove: overrides.prove ?? prove,
    } as unknown as Allocator,
    services: [service],
    probes: [probe],
  };
}

async function run(
  parts: CellParts,
  signal = new AbortController().signal,
): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  await runCell({
    cell,
    parts,
    settings,
    cacheDir: '/nowhere',
    runDir: '/nowhere',
    append: (entry) => void entries.push(entry),
    now: () => new Date(0),
    observe: () => undefined,
    signal,
  });
  return entries;
}

it('starts services, then the target, proves the allocator, runs the cycles, and stops in reverse', async () => {
  const calls: string[] = [];
  const entries = await run(fakeParts(calls));
  expect(calls).toEqual([
    'service starts',
    'target starts',
    'allocator proven',
    'set up',
    'sample',
    'cycle 1',
    'sample',
    'cycle 2',
    'sample',
    'tear down',
    'target stops',
    'service stops',
  ]);
  expect(entries.map(({ type }) => type)).toEqual([
    'cell-started',
    'checkpoint',
    'sample',
    'sample',
    'cell-ended',
  ]);
});

it('measures nothing when the allocator cannot be proven, and still stops everything', async () => {
  const calls: string[] = [];
  const prove = async (): Promise<never> => {
    throw new TidemarkError('allocator', 'libjemalloc is not mapped', { hint: 'run it itself' });
  };
  const entries = await run(fakeParts(calls, { prove }));
  expect(calls).toEqual(['service starts', 'target starts', 'target stops', 'service stops']);
  expect(entries).toEqual([
    {
      at: '1970-01-01T00:00:00.000Z',
      cell: cell.id,
      type: 'cell-failed',
      kind: 'allocator-unproven',
      cycle: 0,
      reason: 'libjemalloc is not mapped (run it itself)',
    },
  ]);
});

it('gives up when more cycles fail than one in twenty', async () => {
  const entries = await run(
    fakeParts([], {
      cycle: async () => {
        throw new Error('no route');
      },
    }),
  );
  expect(entries.map(({ type }) => type)).toEqual([
    'cell-started',
    'checkpoint',
    'cycle-retried',
    'cell-failed',
  ]);
  expect(entries.at(-1)).toMatchObject({
    kind: 'too-many-retries',
    cycle: 1,
    reason: '2 cycles failed, 1 of 2 are allowed; the last: no route',
  });
});

it('ends an interrupted cell with a line that says so', async () => {
  const controller = new AbortController();
  const cycle = async (): Promise<void> => {
    controller.abort();
    await new Promise(() => undefined);
  };
  const entries = await run(fakeParts([], { cycle }), controller.signal);
  expect(entries.at(-1)).toMatchObject({ type: 'cell-failed', kind: 'interrupted' });
});
