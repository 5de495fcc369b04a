import type { Jumps } from './jumps.ts';
import { medianInPlace, normalTail } from './numbers.ts';
import type { Story } from './stories.ts';

/** What the jumps of a series say by themselves, apart from the slope between them. */
export interface JumpPattern {
  /** Net size of all jumps. */
  readonly net: number;
  /** Net size over the root of the summed squares: n equal jumps upward give sqrt(n), a fair walk about 1. */
  readonly drift: number;
  /** Share of the net size that falls into the second half of the run. */
  readonly lateShare: number;
  /** p-value of "up and down are as likely", one-sided: a sign test, or the drift against a normal one if that is less sure. */
  readonly p: number;
  /** Net size per cycle while steps upward may still go on: the last is no longer ago than the next may take to come. */
  readonly goingOn: number;
  /** Points in all after which they could be said to have ended; null when they do not go on. */
  readonly endsAfter: number | null;
  /** At least five upward, none downward, and about as far from one to the next. */
  readonly isEven: boolean;
}

/** `gap`: cycles from one point to the next. */
export function readJumpPattern(jumps: Jumps, gap: number): JumpPattern {
  const { at, sizes, clipped } = jumps;
  const points = clipped.length;
  let net = 0;
  let squares = 0;
  let late = 0;
  at.forEach((i, j) => {
    const size = sizes[j] ?? 0;
    net += size;
    squares += size * size;
    if (i > points / 2) late += size;
  });
  const drift = squares > 0 ? net / Math.sqrt(squares) : 0;
  const isEven = sizes.every((size) => size > 0) && areEven(at);
  const endsAfter = stepsEndAfter({ at, sizes }, net);
  const isOpen = endsAfter !== null && endsAfter > points && staysUp(jumps);
  return {
    net,
    drift,
    lateShare: net === 0 ? 0 : late / net,
    p: signP(sizes, drift),
    goingOn: isOpen ? net / (points * gap) : 0,
    endsAfter: isOpen ? endsAfter : null,
    isEven,
  };
}

const fewestSigned = 7;

function signP(sizes: readonly number[], drift: number): number {
  if (sizes.length < fewestSigned) return 1;
  return Math.max(normalTail(drift), 2 ** -sizes.length);
}

const edgeShare = 0.1;

/** Noise that wanders back has jumps as well, but no rise: of the last tenth over the first, by medians. */
function staysUp({ at, sizes, clipped }: Jumps): boolean {
  const edge = Math.ceil(edgeShare * clipped.length);
  const before = clipped.length - edge;
  const net = at.reduce((sum, i, j) => (i < before ? sum + (sizes[j] ?? 0) : sum), 0);
  const rise = medianInPlace(clipped.slice(-edge)) - medianInPlace(clipped.slice(0, edge));
  return rise > leastNetShare * net;
}

/** Two steps may be a warm-up; falls that take back half of the steps are none of them. */
const fewestSteps = 3;
const leastNetShare = 0.5;
/** Smaller ones beside the largest are noise. */
const leastOfLargest = 0.2;
/** What doubles takes twice as long to its next step as to the one before. */
const nextGap = 2.2;

function stepsEndAfter({ at, sizes }: Pick<Jumps, 'at' | 'sizes'>, net: number): number | null {
  const largest = Math.max(0, ...sizes);
  const ups = at.filter((_, j) => (sizes[j] ?? 0) > leastOfLargest * largest);
  const whole = sizes.reduce((sum, size) => sum + Math.abs(size), 0);
  if (ups.length < fewestSteps || net < leastNetShare * whole) return null;
  const longest = Math.max(...ups.map((i, j) => i - (ups[j - 1] ?? 0)));
  return Math.ceil((ups[ups.length - 1] as number) + nextGap * longest);
}

const fewestEven = 5;
const mostGapRatio = 1.6;

function areEven(at: readonly number[]): boolean {
  if (at.length < fewestEven) return false;
  const gaps = at.slice(1).map((i, j) => i - (at[j] as number));
  return Math.max(...gaps) <= mostGapRatio * Math.min(...gaps);
}

const driftOfFive = 2.2;
const driftOfFour = 1.9;

/**
 * Growth that comes in quanta: all jumps up, as many late as early. Two or three steps up can be any warm-up, so it takes
 * five equal ones, or four that are spread evenly (a fair walk goes four up in a row once in 16).
 */
export function growsByJumps({ drift, lateShare }: JumpPattern, isPlain = false): boolean {
  if (drift > driftOfFive) return lateShare > 0.3;
  return drift > driftOfFour && lateShare > 0.25 && lateShare < (isPlain ? 0.8 : 0.7);
}

/** A first ramp may have begun before the run, so its reset may give back much more than was seen of it. */
const mostOfFirstRamp = 10;
const mostOfRamp = 2;
const leastOfRamp = 0.5;

/** A fall that is no more than a jump among others, or than noise, says nothing of a ramp. */
const leastOfRise = 0.3;
const leastScales = 8;
/** And one that was climbed past by this much is behind the series. */
const climbedPast = 1.25;

export interface Resets {
  readonly giveBack: boolean;
  /** At least one fall is too large for noise, and a good part of the rise. */
  readonly areDeep: boolean;
}

/**
 * Ramps and resets: when the drops are about as large as what was gained since the drop before, growth between the
 * drops says nothing; only the envelope (the saw-tooth story) does. Nor does a ramp that has not climbed past the height
 * it fell from: the next reset may be due.
 */
export function readResets(cycles: Float64Array, jumps: Jumps, growing: Story): Resets {
  if (growing.kind === 'saw-tooth' || growing.kind === 'staircase')
    return { giveBack: false, areDeep: false };
  const start = cycles[0] ?? 0;
  const end = cycles[cycles.length - 1] ?? 0;
  const rise = growing.slope * (end - start);
  let since = start;
  let back = 0;
  let isBelow = false;
  let areDeep = false;
  jumps.at.forEach((i, j) => {
    const drop = -(jumps.sizes[j] ?? 0);
    if (drop <= 0) return;
    const now = cycles[i] ?? 0;
    const gained = growing.slope * (now - since);
    const most = since === start ? mostOfFirstRamp : mostOfRamp;
    if (drop > leastOfRamp * gained && drop < most * gained) {
      back += Math.min(drop, 1.5 * gained);
      const isDeep = falls({ jumps, i, drop }) && drop > leastOfRise * rise;
      areDeep ||= isDeep;
      isBelow = isDeep && growing.slope * (end - now) < climbedPast * drop;
    }
    since = now;
  });
  return { giveBack: isBelow || back > 0.4 * rise, areDeep };
}

interface Drop {
  readonly jumps: Jumps;
  readonly i: number;
  readonly drop: number;
}

/** Sizes are against the local slope: the end of a steep rise is a drop there, and none of the series. */
function falls({ jumps: { clipped, scale }, i, drop }: Drop): boolean {
  const move = (clipped[i] ?? 0) - (clipped[i - 1] ?? 0);
  return drop > leastScales * scale && move < -0.5 * drop;
}
