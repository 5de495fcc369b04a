import { TidemarkError } from '../contracts/errors.ts';
import type { RunPlan } from '../contracts/plan.ts';

export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** `2/4`: the second of four parts. */
export function parseShard(text: string): Shard {
  const [, index = '', of = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of) return shard;
  throw new TidemarkError('usage', `--shard '${text}' is not part i of n`, {
    hint: 'write 1/4 to 4/4 for four machines',
  });
}

/**
 * The cells of one part, dealt like cards: parts differ by one cell at most, and the same plan is always dealt alike.
 * The part remembers the whole plan, so that it can be seen later whether all parts are there.
 */
export function dealShard(plan: RunPlan, { index, of }: Shard): RunPlan {
  const cells = plan.cells.filter((_, i) => i % of === index - 1);
  if (cells.length === 0) {
    throw new TidemarkError('usage', `shard ${index}/${of} has nothing to do`, {
      hint: `the plan has ${plan.cells.length} cells: use at most as many shards`,
    });
  }
  return { ...plan, cells, shard: { index, of, cells: plan.cells } };
}

/** A stored part, with the name a person gave it. */
export interface Part {
  readonly name: string;
  readonly plan: RunPlan;
}

type Sharded = Part & { readonly plan: { readonly shard: NonNullable<RunPlan['shard']> } };

/** The plan that the parts were dealt from; a run without sharding would have the same but for its id and time. */
export function joinShards(parts: readonly Part[], runId: string): RunPlan {
  const [first, ...others] = parts.map(requireShard);
  if (first === undefined) {
    throw new TidemarkError('usage', 'merge needs the folders of all shards of a run', {
      hint: 'tidemark merge shard-1 shard-2',
    });
  }
  for (const other of others) requireSamePlan(first, other);
  requireAll([first, ...others]);
  const { shard, ...plan } = first.plan;
  const planned = shard.cells.map(({ id }) => id);
  const skipped = parts.flatMap((part) => part.plan.skipped);
  const place = (id: string): number => planned.indexOf(id);
  const missing = skipped.filter(({ cell }) => planned.includes(cell.id));
  return {
    ...plan,
    runId,
    createdAt: parts.map((part) => part.plan.createdAt).reduce((a, b) => (a < b ? a : b)),
    cells: shard.cells.filter(({ id }) => !missing.some(({ cell }) => cell.id === id)),
    skipped: [
      ...plan.skipped.filter(({ cell }) => !planned.includes(cell.id)),
      ...missing.toSorted((a, b) => place(a.cell.id) - place(b.cell.id)),
    ],
    ...notesOf(parts),
  };
}

function requireShard(part: Part): Sharded {
  if (part.plan.shard !== undefined) return part as Sharded;
  throw new TidemarkError('usage', `${part.name} is not a shard`, {
    hint: 'merge puts together runs that were made with --shard i/n',
  });
}

/** What has to be the same in all parts, most telling first. */
const SAME = [
  'tidemarkVersion',
  'settings',
  'budgets',
  'ceilings',
  'suppressions',
  'against',
  'truths',
  'reports',
] as const;

function requireSamePlan(first: Sharded, other: Sharded): void {
  const differ = (what: string): never => {
    throw new TidemarkError('usage', `${other.name} has another plan than ${first.name}: ${what}`, {
      hint: 'shards are made by one command that differs in --shard only',
    });
  };
  const [a, b] = [first.plan, other.plan];
  if (a.shard.of !== b.shard.of) differ(`${b.shard.of} shards, not ${a.shard.of}`);
  if (!isSame(a.shard.cells, b.shard.cells)) differ('other cells');
  for (const key of SAME) {
    if (isSame(a[key], b[key])) continue;
    if (key !== 'settings') differ(`other ${key}`);
    const names = new Set([...Object.keys(a.settings), ...Object.keys(b.settings)]);
    const settings = { a: a.settings, b: b.settings } as unknown as Settings;
    const changed = [...names].filter((name) => !isSame(settings.a[name], settings.b[name]));
    // Half of the machine's memory, where nothing was asked for.
    if (changed.some((name) => name !== 'memoryLimitBytes')) differ(`other ${changed.join(', ')}`);
  }
}

type Settings = Readonly<Record<'a' | 'b', Readonly<Record<string, unknown>>>>;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function requireAll(parts: readonly Sharded[]): void {
  const of = parts[0]?.plan.shard.of ?? 0;
  const byIndex = new Map<number, string>();
  for (const { name, plan } of parts) {
    const { index } = plan.shard;
    const twin = byIndex.get(index);
    if (twin !== undefined) {
      throw new TidemarkError('usage', `${twin} and ${name} are both shard ${index}/${of}`, {
        hint: 'give every shard once',
      });
    }
    byIndex.set(index, name);
  }
  const all = Array.from({ length: of }, (_, i) => i + 1);
  const missing = all.filter((index) => !byIndex.has(index)).map((index) => `${index}/${of}`);
  if (missing.length === 0) return;
  throw new TidemarkError('usage', `shard ${missing.join(' and ')} is missing`, {
    hint: 'without it the run would look whole and is not',
  });
}

function notesOf(parts: readonly Part[]): Pick<RunPlan, 'notes'> {
  const [first] = parts;
  const isAlike = parts.every(({ plan }) => isSame(plan.machine, first?.plan.machine));
  const notes = [
    ...(first?.plan.notes ?? []),
    ...(isAlike
      ? []
      : ['the shards ran on different machines: cells of different shards may differ by that']),
  ];
  return notes.length === 0 ? {} : { notes };
}
