import type { ExplainFinding, FindingState } from '../contracts/explain.ts';
import type { ExplainAnswer, ExplainLook } from '../contracts/explainers.ts';
import { judgeGrowth, type Moment, perCycle } from '../heap/growth.ts';

/** Counts by name at each look; the look before the first block is not kept. */
export interface KeyCounts {
  add(at: Pick<ExplainLook, 'cycle' | 'kind'>, counts: ReadonlyMap<string, number>): void;
  growing(): readonly GrowingKey[];
}

export interface GrowingKey {
  readonly key: string;
  readonly state: FindingState;
  readonly countPerCycle: number;
}

/** What rises in every block is told, what stopped in the confirm block as that. */
export function keyCounts(): KeyCounts {
  const looks: { readonly moment: Moment; readonly counts: ReadonlyMap<string, number> }[] = [];
  return {
    add({ cycle, kind }, counts) {
      if (kind === 'start') return;
      looks.push({ moment: { cycle, confirms: kind === 'confirm', lastId: 0 }, counts });
    },
    growing() {
      const moments = looks.map(({ moment }) => moment);
      const keys = new Set(looks.flatMap(({ counts }) => [...counts.keys()]));
      return [...keys]
        .flatMap((key): GrowingKey[] => {
          const counts = looks.map((look) => look.counts.get(key) ?? 0);
          const series = { counts, births: [], isAgeless: true };
          const state = judgeGrowth(moments, series);
          if (state === null) return [];
          return [{ key, state, countPerCycle: perCycle(moments, series) }];
        })
        .sort((a, b) => b.countPerCycle - a.countPerCycle);
    },
  };
}

/** The answer of an explainer that only counts; `says` makes the sentence of one key. */
export function answerOf(
  explainer: string,
  counts: KeyCounts,
  says: (growing: GrowingKey) => string,
): ExplainAnswer {
  const findings = counts.growing().map((growing): ExplainFinding => {
    const { state, countPerCycle } = growing;
    const shared = { explainer, state, countPerCycle, bytesPerCycle: null };
    return { ...shared, says: says(growing), trace: [], details: [] };
  });
  return { problems: [], findings };
}

/** Adds up by name. */
export function countNames(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
