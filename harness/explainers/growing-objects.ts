import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExplainFinding } from '../contracts/explain.ts';
import type { ExplainContext, Explaining, ExplainLook } from '../contracts/explainers.ts';
import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineExplainer } from '../define.ts';
import { findGrowing, type GrowingObjects, type HeapGrowth } from '../heap/find-growing.ts';
import { readSnapshot } from '../heap/read-snapshot.ts';
import { secondOpinion } from '../heap/second-opinion.ts';
import { formatAmount, formatNumber } from '../lib/format.ts';
import { keepFiles } from './_keep-files.ts';
import { refuseSnapshot, takeSnapshot } from './_take-snapshot.ts';

interface Taken {
  readonly file: string;
  readonly name: string;
  readonly cycle: number;
  readonly confirms: boolean;
}

/** Snapshots at the ends of blocks, compared by the places of objects: who keeps more after every round trip. */
export default defineExplainer({
  id: 'growing-objects',
  title: 'JavaScript objects that grow, and who keeps them',
  cost: 'seven heap snapshots: the program stands still for about 0.05 s per MB of heap each, and its resident memory grows by up to ten times the heap',
  perturbs: true,
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'v8'),
  start: async (ctx) => atWork(ctx),
});

function atWork(ctx: ExplainContext): Explaining {
  const folder = join(ctx.cellDir, 'snapshots');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const taken = new Map<number, Taken[]>();
  const take = async (runtime: V8Runtime, index: number, at: ExplainLook): Promise<void> => {
    await refuseSnapshot(runtime, ctx.memoryLimitBytes);
    const name = `${index === 0 ? 'heap' : `heap-${index}`}-after-${at.cycle}.heapsnapshot`;
    const file = join(folder, name);
    await takeSnapshot(runtime.protocol, file);
    // The first one changes what the next one sees: it is only taken.
    if (at.kind === 'start') return rmSync(file);
    const { cycle } = at;
    const more = { file, name, cycle, confirms: at.kind === 'confirm' };
    taken.set(index, [...(taken.get(index) ?? []), more]);
  };
  return {
    async look(at) {
      const runtimes = at.runtimes.filter((one): one is V8Runtime => one.kind === 'v8');
      for (const [index, runtime] of runtimes.entries()) await take(runtime, index, at);
    },
    async conclude() {
      const all = [...taken.values()].map((files) => ({ files, growth: growthOf(files) }));
      const beside = ctx.secondOpinion
        ? await askMemlab([...taken.values()][0] ?? [])
        : { findings: [], problems: [] };
      const files = await keepFiles(folder, ctx);
      const found = all.flatMap(({ growth }) =>
        growth.objects.map((one) => toFinding(one, growth)),
      );
      return {
        findings: [...found, ...beside.findings],
        problems: [...all.flatMap(({ growth }) => growth.problems), ...beside.problems],
        files: files.map((name) => join('snapshots', name)),
      };
    },
  };
}

/** Of the first runtime's snapshots alone. */
async function askMemlab(
  taken: readonly Taken[],
): Promise<{ readonly findings: readonly ExplainFinding[]; readonly problems: readonly string[] }> {
  const amounts = { countPerCycle: null, bytesPerCycle: null, trace: [], details: [] };
  try {
    const says = await secondOpinion(taken.map(({ file }) => file));
    const state = 'hint' as const;
    return { findings: [{ explainer: 'growing-objects', state, says, ...amounts }], problems: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { findings: [], problems: [`the second opinion failed: ${why}`] };
  }
}

const growthOf = (files: readonly Taken[]): HeapGrowth =>
  findGrowing(
    files.map(({ file, cycle, confirms }) => ({ cycle, confirms, read: () => readSnapshot(file) })),
  );

const mostShown = 8;

function toFinding(one: GrowingObjects, { classes }: HeapGrowth): ExplainFinding {
  const named = one.below.length > 0 ? ` (in it ${one.below.join(', ')})` : '';
  const rate = `${formatNumber(one.countPerCycle)} ${one.ofClass}${named} per cycle`;
  const alone = formatAmount(one.bytesPerCycle, 'bytes');
  const shares = one.bytesTogetherPerCycle > 1.1 * one.bytesPerCycle;
  const bytes = shares
    ? `${alone} each and ${formatAmount(one.bytesTogetherPerCycle, 'bytes')} with what they share`
    : alone;
  const verb = one.state === 'bounded so far' ? 'kept until it stopped growing' : 'kept';
  const detail = (label: string, list: readonly string[]) =>
    list.length === 0 ? [] : [{ label, text: list.slice(0, mostShown).join('; ') }];
  return {
    explainer: 'growing-objects',
    state: one.state,
    says: `${rate}, ${bytes}, ${verb} by ${one.path}`,
    countPerCycle: one.countPerCycle,
    bytesPerCycle: one.bytesPerCycle,
    ...(one.isOfEngine ? { isOfEngine: true } : {}),
    trace: [one.path],
    details: [
      { label: 'owner', text: one.owner },
      ...(one.owners.length > 1 ? detail('all owners', one.owners) : []),
      ...detail('nearest classes', one.below),
      ...detail('holds', one.holds),
      ...detail('also kept there', one.also),
      ...detail(
        'classes that grow anywhere',
        classes.map(({ name, countPerCycle }) => `${name} +${formatNumber(countPerCycle)}`),
      ),
      { label: 'from the root', text: one.wholePath },
    ],
  };
}
