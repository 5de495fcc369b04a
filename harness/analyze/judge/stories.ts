import { boundedCurves, type Curve, curvesNear } from './curves.ts';
import { likelihoodAt, type Peak, shrinkCharge } from './slope-profile.ts';
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

/** A warm-up is common, so a bounded story gets its curve cheaply; a growing one must show the bend. */
const boundedCharge = 3;
const growingCharge = 8;
/** Evidence above which the bounded curves are fitted more finely. */
const worthRefining = 3;
/** By this much of its score a bend may fit better than a line and be noise. */
const slightly = 2;
/** A noise this close to a random walk is rare; more often it is what the curves leave. */
const misfitRho = 0.8;
/** Evidence for a straight line that no finer curve and no hidden step takes away. */
export const plainEvidence = 40;
/** No warm-up follows a formula better than this: growth must not rest on how exactly one does. */
const curveError = 0.0003;
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
  const tellings = [...levelTellings({ input, curves, kinds }), ...others];
  let weighing = weigh(tellings, input);
  if (weighing !== null && looksMisfit(weighing)) {
    tellings.push(...nearTheBest(tellings, input));
    weighing = weigh(tellings, input);
  }
  for (const fine of [false, true, true]) {
    if (weighing === null || weighing.evidence < worthRefining) break;
    const { growing, bounded } = weighing;
    if (growing.curve === null && weighing.evidence > plainEvidence) break;
    const near = [growing, bounded].flatMap(({ curve }) => (curve === null ? [] : [curve]));
    if (near.length === 0) break;
    const rhos = [growing.peak.rho, bounded.peak.rho];
    const finer = near.flatMap((curve) => curvesNear(curve, input.ages, fine));
    tellings.push(...levelTellings({ input, curves: finer, kinds, rhos }));
    weighing = weigh(tellings, input);
  }
  return weighing;
}

/** A curve that lies between two of the grid leaves waves behind that look like a random walk. */
function looksMisfit({ growing }: Weighing): boolean {
  return growing.curve !== null && growing.peak.rho >= misfitRho;
}

function nearTheBest(tellings: readonly Telling[], input: StoryInput): Telling[] {
  let best: Telling | null = null;
  for (const telling of tellings) {
    const isBent = telling.curve !== null && isQuick(telling);
    if (isBent && scoreOfFree(telling) > (best === null ? -Infinity : scoreOfFree(best))) {
      best = telling;
    }
  }
  if (best?.curve == null) return [];
  const kind = best.kind === 'smooth' ? 'smooth' : 'levels';
  const curves = curvesNear(best.curve, input.ages, false);
  return levelTellings({ input, curves, kinds: [kind] });
}

const scoreOfFree = ({ ridge, charge }: Telling): number => ridge.free.likelihood - charge;

/** Evidence of the envelope alone: growth between resets that give it back is not told. */
export function weighSawTooth(input: StoryInput): number {
  return weigh(sawToothTellings(input), input)?.evidence ?? 0;
}

/** A straight line through the levels: what the noise and the certainty of a slope are read from. Cheap. */
export function flatStory(input: StoryInput): Story | null {
  const [telling] = levelTellings({ input, curves: [], kinds: ['levels'] });
  if (telling === undefined) return null;
  const { free } = telling.ridge;
  return storyOf(telling, free, free.slope, free.likelihood);
}

function weigh(tellings: readonly Telling[], input: StoryInput): Weighing | null {
  const flat = flattest(tellings);
  const sides = duel(tellings, input);
  if (flat === null || sides === null) return null;
  const share = Math.max(1, sides.growing.degrees) / input.cycles.length;
  const evidence = sides.lead * share;
  const doubt = doubtOf(tellings, input) * share;
  return { ...sides, evidence, doubt, flat, lasting: lastingOf(tellings, input) };
}

interface Duel {
  readonly growing: Story;
  readonly bounded: Story;
  readonly lead: number;
}

const isQuick = ({ curve }: Telling): boolean => curve?.slow !== true;
const isStraight = ({ curve }: Telling): boolean => curve === null;

/**
 * Growth that bends must also beat the curves that no run of this length can tell from a line. Growth in a straight line
 * need not, and it may be told beside a bend that fits a little better: noise bends every line somewhere.
 */
function duel(tellings: readonly Telling[], input: StoryInput): Duel | null {
  const growing = best(tellings, { input, over: true, allowed: isQuick });
  const quick = best(tellings, { input, over: false, allowed: isQuick });
  if (growing === null || quick === null) return null;
  const lead = growing.score - quick.score;
  if (growing.curve === null) return { growing, bounded: quick, lead };
  const bounded = best(tellings, { input, over: false, allowed: () => true }) ?? quick;
  const bent = { growing, bounded, lead: growing.score - bounded.score };
  const straight = best(tellings, { input, over: true, allowed: isStraight });
  if (straight === null || growing.score - straight.score > slightly) return bent;
  if (straight.score - quick.score <= bent.lead) return bent;
  return { growing: straight, bounded: quick, lead: straight.score - quick.score };
}

interface Side {
  readonly input: StoryInput;
  readonly over: boolean;
  readonly allowed: (telling: Telling) => boolean;
}

function best(tellings: readonly Telling[], { input, over, allowed }: Side): Story | null {
  let found: Story | null = null;
  for (const telling of tellings) if (allowed(telling)) found = better(found, telling, input, over);
  return found;
}

function flattest(tellings: readonly Telling[]): Story | null {
  let flat: Story | null = null;
  for (const telling of tellings) {
    const { curve, ridge } = telling;
    const score = scoreOfFree(telling);
    if (curve === null && score > (flat?.score ?? -Infinity)) {
      flat = storyOf(telling, ridge.free, ridge.free.slope, score);
    }
  }
  return flat;
}

function doubtOf(tellings: readonly Telling[], input: StoryInput): number {
  let growing = -Infinity;
  let bounded = -Infinity;
  for (const telling of tellings) {
    growing = Math.max(growing, scoreOf(telling, input, true) - chargeOf(telling, input, false));
    const { likelihood } = heldOn(telling, input, { over: false, shrinkCharge: 0 });
    bounded = Math.max(bounded, likelihood - telling.charge - chargeOf(telling, input, true));
  }
  return growing - bounded;
}

/** The better of a story and a telling held on one side of the limit, its curve charged. */
function better(best: Story | null, telling: Telling, input: StoryInput, over: boolean): Story {
  const score = scoreOf(telling, input, over) - chargeOf(telling, input, over);
  if (best !== null && best.score >= score) return best;
  const peak = over ? telling.ridge.over : telling.ridge.under;
  return storyOf(telling, peak, heldOn(telling, input, { over, shrinkCharge }).slope, score);
}

function scoreOf(telling: Telling, input: StoryInput, over: boolean): number {
  return heldOn(telling, input, { over, shrinkCharge }).likelihood - telling.charge;
}

interface Held {
  readonly slope: number;
  readonly likelihood: number;
}

interface HeldSide {
  readonly over: boolean;
  readonly shrinkCharge: number;
}

/** A telling held on one side of the limit. */
function heldOn({ ridge, curve }: Telling, input: StoryInput, side: HeldSide): Held {
  const { limit, cycles } = input;
  const peak = side.over ? ridge.over : ridge.under;
  const { slope, likelihood, size } = peak;
  const heldAt = (held: number): Held => ({
    slope: held,
    likelihood: likelihoodAt(peak, held, cycles.length),
  });
  if (slope > limit !== side.over) return heldAt(limit);
  const shrinks = !side.over && slope < 0 && curve !== null && size > 0;
  if (!shrinks) return { slope, likelihood };
  const level = heldAt(Math.min(0, limit));
  const paid = likelihood - side.shrinkCharge;
  return level.likelihood > paid ? level : { slope, likelihood: paid };
}

function chargeOf({ curve, ridge }: Telling, { cycles }: StoryInput, full: boolean): number {
  if (curve === null) return 0;
  if (!full) return boundedCharge;
  return growingCharge + misfit(ridge.free, curve, cycles.length);
}

function storyOf(
  { kind, curve, degrees }: Telling,
  peak: Peak,
  slope: number,
  score: number,
): Story {
  return { kind, peak, slope, score, curve, degrees };
}

/** 2 x log-likelihood a growing story loses when its curve is only known to `curveError`. */
function misfit(peak: Peak, { values }: Curve, n: number): number {
  const rise = peak.size * ((values[n - 1] ?? 0) - (values[0] ?? 0));
  return n * Math.log(1 + (n * (curveError * rise) ** 2) / peak.rss);
}

/** Noise so small against the warm-up that no formula fits it: then only the time after the warm-up can be read. */
export function isExact({ curve, peak }: Story, share = exactShare): boolean {
  const values = curve?.values;
  const rise =
    values === undefined ? 0 : peak.size * ((values[values.length - 1] ?? 0) - (values[0] ?? 0));
  return peak.variance < (share * rise) ** 2;
}
