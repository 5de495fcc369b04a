import type { JudgeOptions, Trend } from '../../contracts/trend.ts';
import type { ExactTail } from './exact-tail.ts';
import type { GrowthReading } from './find-growth.ts';
import { formatAmount, formatSlope } from './format-slope.ts';
import type { Jumps } from './jumps.ts';

export interface ReasonContext {
  readonly limit: number;
  readonly options: JudgeOptions;
  readonly growth: GrowthReading | null;
  readonly exact: ExactTail | null;
  readonly jumps: Jumps;
}

/** One plain sentence for people: what was seen, against what, and how far it reaches. */
export function reasonFor(trend: Omit<Trend, 'reason'>, context: ReasonContext): string {
  const { limit, options } = context;
  const budget = formatSlope(limit, options);
  const slope = formatSlope(trend.slopePerCycle, options);
  switch (trend.shape) {
    case 'growing':
      return `Grows by ${slope} over all ${trend.cyclesSeen} cycles seen${how(context)}; the budget is ${budget}.`;
    case 'steady':
      return `${quietly(trend, context)}; growth over ${seen(trend, options)} would have shown.`;
    case 'warm-up':
      return `Rose at first, then ${lower(quietly(trend, context))}.`;
    case 'decelerating':
      return `Rises ever more slowly: at the end still by ${formatSlope(trend.endSlopePerCycle, options)}, against a budget of ${budget}.`;
    case 'stepped':
      return `Moved in ${steps(context)}, and is ${flat(trend, limit)}.`;
    default:
      return `Growth of ${slope} cannot be told from the budget of ${budget} yet.${more(trend)}`;
  }
}

function how({ growth, exact }: ReasonContext): string {
  if (exact !== null && exact.start > 0) return ', behind a warm-up';
  if (growth?.by === 'jumps') return ', in jumps that all go up';
  if (growth?.weighing.growing.kind === 'saw-tooth') return ', under a saw-tooth';
  if (growth?.by === 'stories' && growth.weighing.growing.curve !== null)
    return growth.weighing.growing.peak.size > 0 ? ', behind a warm-up' : ', slower at first';
  return '';
}

function quietly(trend: Omit<Trend, 'reason'>, { limit, options }: ReasonContext): string {
  const budget = formatSlope(limit, options);
  if (trend.intervalLow > 0) {
    return `Creeps by ${formatSlope(trend.slopePerCycle, options)}, surely within the budget of ${budget}`;
  }
  return `Stays within the budget of ${budget}`;
}

function seen(trend: Omit<Trend, 'reason'>, options: JudgeOptions): string {
  return formatSlope(trend.minimumDetectableSlope ?? 0, options);
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function flat(trend: Omit<Trend, 'reason'>, limit: number): string {
  if (trend.cyclesToDecide !== null)
    return `flat between them, but the next may be due: about ${trend.cyclesToDecide} cycles in all would tell`;
  return `${trend.intervalHigh <= limit ? 'surely' : 'perhaps'} flat between them`;
}

function steps({ growth, jumps, options }: ReasonContext): string {
  const sizes = (growth?.jumps ?? jumps).sizes.filter((size) => size > 0);
  const largest = formatAmount(Math.max(0, ...sizes), options);
  return sizes.length === 1
    ? `one step of ${largest}`
    : `${sizes.length} steps of up to ${largest}`;
}

function more(trend: Omit<Trend, 'reason'>): string {
  if (trend.cyclesToDecide === null) return ' No number of cycles can be given that would decide.';
  return ` About ${trend.cyclesToDecide} cycles in all would decide.`;
}
