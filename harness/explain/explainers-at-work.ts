import type { ExplainerOutcome, ExplainFinding } from '../contracts/explain.ts';
import type { ExplainContext, Explainer, Explaining, ExplainLook } from '../contracts/plugins.ts';
import { messageOf } from '../run/cell-error.ts';

interface AtWork {
  readonly explainer: Explainer;
  readonly work: Explaining | null;
  readonly problems: string[];
  ms: number;
}

export interface ExplainersAtWork {
  /** Those that fit the target begin; one that cannot is told with its reason. */
  start(ctx: ExplainContext): Promise<void>;
  look(at: ExplainLook): Promise<void>;
  conclude(): Promise<{
    readonly findings: readonly ExplainFinding[];
    readonly outcomes: readonly ExplainerOutcome[];
    readonly files: readonly string[];
  }>;
}

/** Every explainer by itself: one that fails never stops another, nor the run. */
export function explainersAtWork(explainers: readonly Explainer[]): ExplainersAtWork {
  const all: AtWork[] = [];
  const timed = async <T>(one: { ms: number }, what: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await what();
    } finally {
      one.ms += performance.now() - began;
    }
  };
  return {
    async start(ctx) {
      const fitting = explainers.filter((explainer) => explainer.supports(ctx));
      // Cheap ones first: what a costly one does to the program is not theirs to find.
      fitting.sort((a, b) => Number(a.perturbs) - Number(b.perturbs));
      for (const explainer of fitting) {
        try {
          all.push({ explainer, work: await explainer.start(ctx), problems: [], ms: 0 });
        } catch (error) {
          all.push({ explainer, work: null, problems: [messageOf(error)], ms: 0 });
        }
      }
    },
    async look(at) {
      for (const one of all) {
        try {
          await timed(one, async () => await one.work?.look(at));
        } catch (error) {
          one.problems.push(`after cycle ${at.cycle}: ${messageOf(error)}`);
        }
      }
    },
    async conclude() {
      const findings: ExplainFinding[] = [];
      const files: string[] = [];
      for (const one of all) {
        try {
          const answer = await timed(one, async () => await one.work?.conclude());
          findings.push(...(answer?.findings ?? []));
          one.problems.push(...(answer?.problems ?? []));
          files.push(...(answer?.files ?? []));
        } catch (error) {
          one.problems.push(messageOf(error));
        }
      }
      const outcomes = all.map(({ explainer: { id, title, cost }, problems, ms }) => {
        return {
          id,
          title,
          cost,
          seconds: Math.round(ms) / 1000,
          problems: [...new Set(problems)],
        };
      });
      return { findings, outcomes, files };
    },
  };
}
