import type { BatchReading } from './batch-rule.ts';
import { type Ages, agesFrom } from './curves.ts';
import { gapOf } from './horizon.ts';
import { growsByJumps, type JumpPattern, readJumpPattern, readResets } from './jump-pattern.ts';
import type { Jumps } from './jumps.ts';
import { normalQuantile, normalTail } from './numbers.ts';
import { staircaseOf } from './staircase.ts';
import { explainBySteps } from './steps-in-noise.ts';
import { isExact, type Story, type Weighing, weighSawTooth, weighStories } from './stories.ts';
import { batchesWithout, netAfter, partSteps, type Steps } from './sure-steps.ts';
import { type Centre, centreOf } from './tellings.ts';

/**
 * Joins the two ways of seeing growth. The stories see through saw-teeth, warm-ups and steps; the batch rule is bolder
 * where growth is plain, and is believed unless a story says why it is fooled (a bend, a few steps, a walk).
 */
export interface GrowthReading {
  readonly grows: boolean;
  readonly by: 'stories' | 'batches' | 'jumps' | null;
  readonly p: number;
  /** 2 x log-likelihood for growing, after every check that can only lower it. */
  readonly evidence: number;
  readonly weighing: Weighing;
  /** Read without the sure steps of the series. */
  readonly batches: BatchReading;
  readonly jumps: Jumps;
  readonly pattern: JumpPattern;
  readonly givenBack: boolean;
}

export interface GrowthInput {
  readonly cycles: Float64Array;
  readonly jumps: Jumps;
  readonly ages: Ages;
  readonly centre: Centre;
  readonly limit: number;
  readonly alpha: number;
  readonly batches: BatchReading;
}

/** Chosen on the bench so that evidence of 4 stands for p = 0.01: the stories' charges make the rest of the margin. */
const evidenceOffset = 1.4;
/** A growing story with a curve has paid for the curve already. */
const curveRelief = 0.5;
/** The later part alone may be unsure (it has few points), but it must not deny growth that the batches see too. */
const leastLateEvidence = -6;
const exactMargin = 6;
const lateFrom = 0.4;

export function findGrowth(input: GrowthInput): GrowthReading | null {
  const { cycles, limit, ages, centre } = input;
  const rises = input.jumps.at.filter((_, j) => (input.jumps.sizes[j] ?? 0) > 0);
  const staircase = staircaseOf(input.jumps.clipped, rises);
  const base = { cycles, jumps: input.jumps, ages, centre, limit, staircase };
  const plain = weighStories(base);
  if (plain === null) return null;
  const { weighing, jumps } = explainBySteps(base, plain);
  const { giveBack: givenBack, areDeep } = readResets(cycles, jumps, weighing.growing);
  const envelope = givenBack ? weighSawTooth(base) : Infinity;
  const evidence = Math.min(weighing.evidence, envelope);
  const pattern = readJumpPattern(jumps, gapOf(cycles));
  const { sure, rest } = partSteps(input.jumps);
  const batches = batchesWithout(sure, input);
  const seen = {
    ...input,
    batches,
    others: rest,
    isHidden: jumps.at.length > input.jumps.at.length,
    jumps,
    evidence,
    weighing,
    pattern,
    onRamp: givenBack && areDeep,
    span: ages.span,
    strictness: strictnessOf(input.alpha),
  };
  const p = Math.min(storiesP(seen), batchesP(seen), jointP(seen), quantaP(seen));
  const by = p > input.alpha ? null : routeOf(seen, input.alpha);
  return { grows: by !== null, by, p, evidence, weighing, batches, jumps, pattern, givenBack };
}

interface Seen extends GrowthInput {
  /** Jumps that were not taken out of the batches. */
  readonly others: Steps;
  /** A story asked for a step that shows in no difference: there may be more of them. */
  readonly isHidden: boolean;
  readonly evidence: number;
  readonly weighing: Weighing;
  readonly pattern: JumpPattern;
  /** The growth is that of a ramp which deep resets take back. */
  readonly onRamp: boolean;
  readonly span: number;
  /** Evidence that is needed beyond the usual: by each of several looks, or for a budget that wants to be surer. */
  readonly strictness: number;
}

/** What all thresholds of evidence are made for. */
const usualAlpha = 0.01;

/** 2 x log-likelihood grows as the square of the normal quantile. */
function strictnessOf(alpha: number): number {
  const usual = normalQuantile(1 - usualAlpha) ** 2;
  return Math.max(0, normalQuantile(1 - Math.min(alpha, 0.5)) ** 2 - usual);
}

function routeOf(seen: Seen, alpha: number): GrowthReading['by'] {
  if (storiesP(seen) <= alpha) return 'stories';
  const byQuanta = growsByJumps(seen.pattern, seen.batches.p < plainP);
  return byQuanta || quantaP(seen) <= alpha ? 'jumps' : 'batches';
}

function storiesP(seen: Seen): number {
  const bent = needsBend(seen.weighing.growing);
  const p = pOf(seen.evidence + (bent ? curveRelief : 0));
  if (speedsUp(seen.weighing.growing) && seen.batches.p > plainlyUpP) return 0.5;
  if (!bent) return p;
  if (p > 0.1) return isExact(seen.weighing.growing) ? pOf(lateEvidence(seen) - exactMargin) : p;
  const least = seen.batches.p > plainlyUpP ? 0 : leastLateEvidence;
  return lateEvidence(seen) > least ? p : 0.5;
}

/**
 * Growth that only begins late must be plain when it does: a random walk bends upward as often as not. And behind a
 * bend what looks like growth may be a second, slower bend.
 */
const plainlyUpP = 0.01;

function speedsUp({ curve, peak }: Story): boolean {
  return curve !== null && peak.size < 0;
}

function pOf(evidence: number): number {
  const shifted = evidence + evidenceOffset;
  const tail = normalTail(Math.sqrt(Math.abs(shifted)));
  return shifted > 0 ? tail : 1 - tail;
}

function needsBend({ curve, peak }: Story): boolean {
  return curve !== null && peak.size > 0;
}

/** The same question asked of the later part alone. */
function lateEvidence({ cycles, jumps, ages, limit }: Seen): number {
  const from = Math.floor(cycles.length * lateFrom);
  const kept = jumps.at.flatMap((i, j) => (i > from ? [j] : []));
  const lateAges = agesFrom(ages, from);
  const clipped = jumps.clipped.subarray(from);
  const late = weighStories({
    cycles: cycles.subarray(from),
    centre: centreOf(clipped, lateAges),
    jumps: {
      ...jumps,
      clipped,
      at: kept.map((j) => (jumps.at[j] ?? 0) - from),
      sizes: kept.map((j) => jumps.sizes[j] ?? 0),
    },
    ages: lateAges,
    limit,
  });
  return late?.evidence ?? 0;
}

const jointEvidence = 2;
const jointBatchP = 0.02;
const mostRho = 0.6;
/** The two are far from independent; this makes p = 0.01 at the least of both. */
const jointFactor = 60;
const longJointFactor = 20;

const shortRun = 40;
const mediumRun = 80;
const longRun = 150;
const sureEvidence = 2;
const plainSureEvidence = 0.2;
const walkRho = 0.9;
const likelyWalkRho = 0.7;
/** Batches this sure would have to be fooled by something that shows. */
const plainP = 0.0005;

/**
 * A walk of few jumps that all go up is one thing; that the batches see growth too makes it this much rarer: five jumps
 * do for one look, six for one of four.
 */
const besideBatches = 0.3;

/**
 * The batch rule's p-value, unless the stories say what fooled it: a bend they can see, jumps that make half of the
 * rise, or noise that is nearly a random walk. Short runs need the stories' support, since a root looks straight there.
 */
function batchesP(seen: Seen): number {
  const { batches, evidence, pattern } = seen;
  const byQuanta = growsByJumps(pattern, batches.p < plainP);
  // A staircase bends nowhere: its last tread alone can look like the flat end of a logarithm.
  const quanta = Math.max(batches.p, normalTail(pattern.drift) * besideBatches);
  if (byQuanta && pattern.isEven && batches.outcome === 'open') return quanta;
  if (batches.outcome !== 'growing') return 1;
  if (byQuanta) return quanta;
  if (isBent(seen) || (seen.onRamp && evidence <= 0)) return 1;
  const spare = evidence - seen.strictness;
  if (spare < leastEvidence(seen)) return 1;
  const isPlain = seen.cycles.length >= longRun && batches.p < plainP;
  return spare > (isPlain ? plainSureEvidence : sureEvidence) || !isFooled(seen) ? batches.p : 1;
}

/** In twenty cycles a root and a line differ by little: .05 of roots are called growing with this. */
const straightSupport = (n: number): number => (n < 25 ? 3 : 2.6);

/** A bend of this little beside its line fools no batches (roots of 200 points are called growing .01 of the time). */
const bendShare = 0.15;

/** In a long run; in a short one even a root looks like a line with a small bend. */
function isBent({ weighing, span, cycles }: Seen): boolean {
  const { curve, peak, slope } = weighing.growing;
  if (curve === null || peak.size <= 0) return false;
  const { values } = curve;
  const bend = peak.size * ((values[values.length - 1] ?? 0) - (values[0] ?? 0));
  return cycles.length < longRun || bend > bendShare * slope * span;
}

/** How far the stories may deny growth that the batches see. */
function leastEvidence({ batches, weighing, jumps, cycles }: Seen): number {
  const n = cycles.length;
  const { rho } = weighing.growing.peak;
  if (n < shortRun) return weighing.growing.curve === null ? straightSupport(n) : 3.5;
  if (n >= mediumRun) return jumps.at.length === 0 && rho <= mostRho ? -6 : -3;
  if (batches.p < plainP) return -1.5;
  return rho >= likelyWalkRho ? 2 : 0;
}

/** By noise that is nearly a random walk, or by steps that make half of the rise. */
function isFooled({ weighing, batches, others, isHidden, span }: Seen): boolean {
  const { growing } = weighing;
  if (growing.peak.rho >= walkRho) return true;
  if (isHidden && growing.slope < hiddenShare * batches.slope) return true;
  return netAfter(others, batches.start) > 0.5 * batches.slope * span;
}

/** Steps no difference shows, offered by a story, that leave less than this of the batches' slope have made it. */
const hiddenShare = 0.4;

const lateQuanta = [0.3, 0.7] as const;

/** Many jumps, nearly all upward, early as late: no fair walk, however little the ranks see between them. */
function quantaP({ pattern, batches, limit, span }: Seen): number {
  const { net, lateShare, p } = pattern;
  if (net <= limit * span || batches.outcome === 'concave') return 1;
  return lateShare > lateQuanta[0] && lateShare < lateQuanta[1] ? p : 1;
}

/** Two witnesses that each fall just short: a straight story ahead, and batches that nearly exclude the limit. */
function jointP(seen: Seen): number {
  const { batches, weighing, evidence, others, cycles } = seen;
  const { growing } = weighing;
  if (cycles.length < shortRun || growing.curve !== null || growing.peak.rho > mostRho) return 1;
  const isLong = cycles.length >= longRun;
  if (
    batches.outcome === 'concave' ||
    batches.p > jointBatchP ||
    evidence < (isLong ? 0.5 : jointEvidence)
  )
    return 1;
  if (others.at.length > 0 || seen.isHidden) return 1;
  return batches.p * pOf(evidence) * (isLong ? longJointFactor : jointFactor);
}
