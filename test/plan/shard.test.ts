import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { judgeRun } from '../../harness/pipeline.ts';
import { dealShard, parseShard } from '../../harness/plan/shard.ts';
import { mergeRuns } from '../../harness/stored-runs.ts';
import { planOf } from '../analyze/build-ledger.ts';

const golden = join(import.meta.dirname, '../golden/ledgers/repeats.json.gz');
const stored = JSON.parse(gunzipSync(readFileSync(golden)).toString()) as {
  plan: RunPlan;
  entries: LedgerEntry[];
};

function store(plan: RunPlan, entries: readonly LedgerEntry[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-shard-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
  writeFileSync(join(folder, 'ledger.ndjson'), lines.join(''));
  return folder;
}

/** One part as its machine would have left it. */
function storeShard(text: string, plan = stored.plan): string {
  const part = { ...dealShard(plan, parseShard(text)), runId: `r-${text[0]}` };
  const ids = part.cells.map(({ id }) => id);
  return store(
    part,
    stored.entries.filter(({ cell }) => ids.includes(cell)),
  );
}

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint})`.replaceAll(/\/\S*\/(tidemark-shard)-\w+/g, '$1');
  }
  return 'no error';
}

const out = (): string => mkdtempSync(join(tmpdir(), 'tidemark-merged-'));
const without = ({ runId, plan, startedAt, finishedAt, ...rest }: RunResult) => {
  const { runId: _, createdAt: __, ...planned } = plan;
  return { ...rest, plan: planned };
};

describe('shards', () => {
  it('are dealt evenly, each cell once, and always alike', () => {
    const cells = Array.from({ length: 10 }, (_, i) => ({ target: `demo@1.0.${i}` }));
    const plan = planOf({ cells });
    const parts = ['1/4', '2/4', '3/4', '4/4'].map((text) => dealShard(plan, parseShard(text)));
    expect(parts.map((part) => part.cells.length)).toEqual([3, 3, 2, 2]);
    expect(new Set(parts.flatMap((part) => part.cells.map(({ id }) => id))).size).toBe(10);
    expect(dealShard(plan, parseShard('2/4'))).toEqual(parts[1]);
  });

  it('of four machines, merged, are the run of one but for its id and times', async () => {
    const whole = await judgeRun(store(stored.plan, stored.entries));
    const shards = ['3/4', '1/4', '4/4', '2/4'].map((text) => storeShard(text));
    const merged = await judgeRun(mergeRuns(shards, out(), 'merged'));
    expect(whole.comparisons.length).toBeGreaterThan(0);
    expect(merged.runId).toBe('merged');
    expect(without(merged)).toEqual(without(whole));
  });

  it('whose last line is torn lose that line only', async () => {
    const shards = ['1/2', '2/2'].map((text) => storeShard(text));
    const ledger = join(shards[0] ?? '', 'ledger.ndjson');
    writeFileSync(ledger, readFileSync(ledger, 'utf8').slice(0, -30));
    const merged = await judgeRun(mergeRuns(shards, out(), 'merged'));
    expect(merged.warnings.filter((says) => says.includes('is not whole'))).toHaveLength(1);
    expect(merged.cells.filter(({ failure }) => failure !== null)).toHaveLength(1);
  });

  it('with one missing, twice there, of another plan, or none at all are refused', () => {
    const [one, two] = ['1/3', '2/3'].map((text) => storeShard(text));
    const merge = (...shards: (string | undefined)[]) =>
      complaint(() => mergeRuns(shards.map(String), out(), 'merged'));
    const cycles = { ...stored.plan.settings, cycles: 7 };
    const other = storeShard('2/3', { ...stored.plan, settings: cycles });
    expect([
      merge(one),
      merge(one, two),
      merge(one, two, one),
      merge(one, other),
      merge(one, storeShard('2/2')),
      merge(store(stored.plan, [])),
    ]).toEqual([
      'shard 2/3 and 3/3 is missing (without it the run would look whole and is not)',
      'shard 3/3 is missing (without it the run would look whole and is not)',
      'tidemark-shard and tidemark-shard are both shard 1/3 (give every shard once)',
      'tidemark-shard has another plan than tidemark-shard: other cycles (shards are made by one command that differs in --shard only)',
      'tidemark-shard has another plan than tidemark-shard: 2 shards, not 3 (shards are made by one command that differs in --shard only)',
      'tidemark-shard is not a shard (merge puts together runs that were made with --shard i/n)',
    ]);
  });

  it.each(['0/4', '5/4', '1', 'a/b', '1/0'])('%j is no shard', (text) => {
    expect(complaint(() => parseShard(text))).toBe(
      `--shard '${text}' is not part i of n (write 1/4 to 4/4 for four machines)`,
    );
  });

  it('more than cells are refused', () => {
    const plan = planOf({ cells: [{}] });
    expect(complaint(() => dealShard(plan, { index: 2, of: 2 }))).toContain('has nothing to do');
  });
});
