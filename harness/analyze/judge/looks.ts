import type { JudgeOptions, SeriesPoints, Trend } from '../../contracts/trend.ts';
import { judgeSeries } from './judge-series.ts';

/** When a run that goes on until it is decided is looked at; the errors allowed are spent evenly over the looks. */
export const defaultLooks = [25, 50, 100, 200] as const;

export interface LookOptions extends JudgeOptions {
  /** Cycle counts at which the series is judged, ascending. */
  readonly looks?: readonly number[];
  /**
   * No leak is called before this many cycles (default 50: a warm-up with a time constant of half the run looks like a
   * line to anyone). 100 for slack and RSS, which settle more slowly than bytes handed out.
   */
  readonly patience?: number;
}

export const slackPatience = 100;
const defaultPatience = 50;

export interface LookDecision {
  /** The answer is safe to stop on; null: not yet. */
  readonly answer: 'growing' | 'steady' | null;
  readonly stop: boolean;
  /** Cycles in all at which to look again; null when there is no further look. */
  readonly nextLook: number | null;
  readonly trend: Trend;
  /** One sentence: why it stops, or how far it got. */
  readonly reason: string;
}

/**
 * One look of `--until-decided`. With m looks each spends alpha / m (Bonferroni over looks; P. C. O'Brien and
 * T. R. Fleming 1979 spend less at the early ones, which `patience` does here by not looking for a leak at all).
 */
export function decideAtLook(
  points: SeriesPoints,
  options: LookOptions,
  look: number,
): LookDecision {
  const looks = options.looks ?? defaultLooks;
  const share = 1 / Math.max(1, looks.length);
  const trend = judgeSeries(points, {
    ...options,
    alpha: (options.alpha ?? 0.01) * share,
    steadyAlpha: (options.steadyAlpha ?? 0.05) * share,
  });
  const nextLook = looks.find((cycles) => cycles > look) ?? null;
  const answer = answerAt(look, trend, options.patience);
  const stop = answer !== null || nextLook === null;
  return {
    answer,
    stop,
    nextLook: answer === null ? nextLook : null,
    trend,
    reason: say(trend, answer, nextLook),
  };
}

/** Whether it is safe to stop after so many cycles. */
export function answerAt(
  look: number,
  trend: Pick<Trend, 'shape'>,
  patience: number = defaultPatience,
): LookDecision['answer'] {
  if (trend.shape === 'steady' || trend.shape === 'warm-up') return 'steady';
  return trend.shape === 'growing' && look >= patience ? 'growing' : null;
}

function say(trend: Trend, answer: LookDecision['answer'], nextLook: number | null): string {
  if (answer !== null) return `Decided after ${trend.cyclesSeen} cycles. ${trend.reason}`;
  const got = `Not decided after ${trend.cyclesSeen} cycles. ${trend.reason}`;
  return nextLook === null ? got : `${got} The next look is at ${nextLook} cycles.`;
}
