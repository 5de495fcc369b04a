import { boundedCurves, type Curve, curvesNear } from './curves.ts';
import { type Held, type Scored, scoreTelling } from './scores.ts';
import type { Peak } from './slope-profile.ts';
import {
  type LevelKind,
  lastingOf,
  levelTellings,
  type StoryInput,
  sawToothTellings,
  staircaseTellings,
  type Telling,
} from './tellings.ts';

/**
 * Compares the best story in which the series grows over its limit with the best in which it does not. A story is a
 * level, a slope, at most one curve and AR(1) noise, told with every jump starting a new level, with jumps as mere
 * noise, or as one saw-tooth (all ramps equally steep, every reset back to the same line).
 */
export interface Story {
  readonly kind: Telling['kind'];
  readonly peak: Peak;
  /** The slope of this story: the peak's own, or the limit where the peak lies on the other side. */
  readonly slope: number;
  /** 2 x log-likelihood at that slope, less what its levels and its curve cost. */
  readonly score: number;
  readonly curve: Curve | null;
  /** Points less the levels and columns spent. */
  readonly degrees: number;
}

export interface Weighing {
  /** 2 x log-likelihood by which growing beats not growing; negative when it loses. */
  readonly evidence: number;
  /** The same with the charges exchanged: what "steady" is held to, so that neither answer has it easy. */
  readonly doubt: number;
  readonly growing: Story;
  readonly bounded: Story;
  /** Best story without a curve, whichever side. */
  readonly flat: Story;
  readonly lasting: readonly Telling[];
}

/** Evidence above which the bounded curves are fitted more finely. */
const worthRefining = 3;
/** 2 x log-likelihood by which a bend may fit better than a line and be noise (with more, long warm-ups are called leaks). */
const slightly = 2;
/** A noise this close to a random walk is rare; more often it is what the curves leave. */
const misfitRho = 0.8;
/** Evidence for a straight line that no finer curve and no hidden step takes away. */
export const plainEvidence = 40;
/** Noise under this share of a curve's rise is rounding. */
const exactShare = 1e-4;

/** `lasting`: the tellings of an earlier weighing that new levels do not change. */
export function weighStories(
  input: StoryInput,
  lasting: readonly Telling[] | null = null,
): Weighing | null {
  const curves = boundedCurves(input.ages);
  const kinds: readonly LevelKind[] =
    lasting === null && input.jumps.at.length > 0 ? ['levels', 'smooth'] : ['levels'];
  const others = lasting ?? [...sawToothTellings(input), ...staircaseTellings(input)];
  const scored: Scored[] = [];
  const weighWith = (tellings: readonly Telling[]): Weighed | null => {
    for (const telling of tellings) scored.push(scoreTelling(telling, input));
    return weigh(scored, input);
  };
  let weighing = weighWith([...levelTellings({ input, curves, kinds }), ...others]);
  if (weighing !== null && looksMisfit(weighing)) weighing = weighWith(nearTheBest(scored, input));
  for (const fine of [false, true, true]) {
    if (weighing === null || weighing.evidence < worthRefining) break;
    const { growing, bounded } = weighing;
    if (growing.curve === null && weighing.evidence > plainEvidence) break;
    const near = [growing, bounded].flatMap(({ curve }) => (curve === null ? [] : [curve]));
    if (near.length === 0) break;
    const rhos = [growing.peak.rho, bounded.peak.rho];
    const finer = near.flatMap((curve) => curvesNear(curve, input.ages, fine));
    weighing = weighWith(levelTellings({ input, curves: finer, kinds, rhos }));
  }
  if (weighing === null) return null;
  const told = scored.map(({ telling }) => telling);
  return { ...weighing, lasting: lastingOf(told, input) };
}

/** A curve that lies between two of the grid leaves waves behind that look like a random walk. */
function looksMisfit({ growing }: Weighed): boolean {
  return growing.curve !== null && growing.peak.rho >= misfitRho;
}

function nearTheBest(scored: readonly Scored[], input: StoryInput): Telling[] {
  const isBent = (one: Scored): boolean => !isStraight(one) && isQuick(one);
  const best = highest(scored, ({ free }) => free, isBent)?.telling;
  if (best?.curve == null) return [];
  const kind = best.kind === 'smooth' ? 'smooth' : 'levels';
  const curves = curvesNear(best.curve, input.ages, false);
  return levelTellings({ input, curves, kinds: [kind] });
}

/** Evidence of the envelope alone: growth between resets that give it back is not told. */
export function weighSawTooth(input: StoryInput): number {
  const scored = sawToothTellings(input).map((telling) => scoreTelling(telling, input));
  return weigh(scored, input)?.evidence ?? 0;
}

/** A straight line through the levels: what the noise and the certainty of a slope are read from. Cheap. */
export function flatStory(input: StoryInput): Story | null {
  const [telling] = levelTellings({ input, curves: [], kinds: ['levels'] });
  if (telling === undefined) return null;
  const { free } = telling.ridge;
  return storyOf(telling, free, { slope: free.slope, score: free.likelihood });
}

type Weighed = Omit<Weighing, 'lasting'>;

function weigh(scored: readonly Scored[], { cycles }: StoryInput): Weighed | null {
  const flat = highest(scored, ({ free }) => free, isStraight);
  const sides = duel(scored);
  if (flat === null || sides === null) return null;
  const { telling, free: score } = flat;
  const { free } = telling.ridge;
  const share = Math.max(1, sides.growing.degrees) / cycles.length;
  return {
    ...sides,
    evidence: (sides.growing.score - sides.bounded.score) * share,
    doubt: doubtOf(scored) * share,
    flat: storyOf(telling, free, { slope: free.slope, score }),
  };
}

type Duel = Pick<Weighing, 'growing' | 'bounded'>;

const isAny = (): boolean => true;
const isQuick = ({ telling }: Scored): boolean => telling.curve?.slow !== true;
const isStraight = ({ telling }: Scored): boolean => telling.curve === null;

/**
 * Growth that bends must also beat the curves that no run of this length can tell from a line. Growth in a straight line
 * need not, and it may be told beside a bend that fits a little better: noise bends every line somewhere.
 */
function duel(scored: readonly Scored[]): Duel | null {
  const growing = highest(scored, ({ growing }) => growing.score, isQuick);
  const quick = highest(scored, ({ bounded }) => bounded.score, isQuick);
  if (growing === null || quick === null) return null;
  if (isStraight(growing)) return told(growing, quick);
  const bounded = highest(scored, ({ bounded }) => bounded.score, isAny) ?? quick;
  const bent = told(growing, bounded);
  const straight = highest(scored, ({ growing }) => growing.score, isStraight);
  if (straight === null || bent.growing.score - straight.growing.score > slightly) return bent;
  const plain = told(straight, quick);
  return leadOf(plain) > leadOf(bent) ? plain : bent;
}

const leadOf = ({ growing, bounded }: Duel): number => growing.score - bounded.score;

const told = (growing: Scored, bounded: Scored): Duel => ({
  growing: storyOf(growing.telling, growing.telling.ridge.over, growing.growing),
  bounded: storyOf(bounded.telling, bounded.telling.ridge.under, bounded.bounded),
});

function highest(
  scored: readonly Scored[],
  scoreOf: (one: Scored) => number,
  isAllowed: (one: Scored) => boolean,
): Scored | null {
  let best: Scored | null = null;
  let most = -Infinity;
  for (const one of scored) {
    const score = scoreOf(one);
    if (score > most && isAllowed(one)) [best, most] = [one, score];
  }
  return best;
}

function doubtOf(scored: readonly Scored[]): number {
  let growing = -Infinity;
  let bounded = -Infinity;
  for (const { doubt } of scored) {
    growing = Math.max(growing, doubt.growing);
    bounded = Math.max(bounded, doubt.bounded);
  }
  return growing - bounded;
}

function storyOf({ kind, curve, degrees }: Telling, peak: Peak, { slope, score }: Held): Story {
  return { kind, peak, slope, score, curve, degrees };
}

/** Noise so small against the warm-up that no formula fits it: then only the time after the warm-up can be read. */
export function isExact({ curve, peak }: Story, share = exactShare): boolean {
  const values = curve?.values;
  const rise =
    values === undefined ? 0 : peak.size * ((values[values.length - 1] ?? 0) - (values[0] ?? 0));
  return peak.variance < (share * rise) ** 2;
}
