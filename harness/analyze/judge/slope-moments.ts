import { reusable } from './numbers.ts';

/**
 * Sums of products of the columns of a story under AR(1) noise, the level of every segment projected out.
 *
 * Whitening by sums: with A0 the products over all points, A1 over neighbours and A2 over inner points, the AR(1)
 * quadratic form of a segment is A0 - rho A1 + rho^2 A2 (exact Gaussian likelihood; G. E. P. Box and G. M. Jenkins 1970).
 * All three are the whole run's less what lies on the segments' edges, so only the sums with y cost a pass over the points.
 */
export interface Column {
  readonly values: Float64Array;
  /** Sum of the values before each index. */
  readonly before: Float64Array;
  /** Products with the cycles and with itself: over all points, and over neighbours. */
  readonly withCycles: Products;
  readonly withItself: Products;
}

interface Products {
  readonly all: number;
  readonly cross: number;
}

/** `k` are the centred cycles. */
export function columnOf(values: Float64Array, k: Float64Array): Column {
  const before = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) {
    before[i + 1] = (before[i] as number) + (values[i] as number);
  }
  return { values, before, withCycles: multiply(k, values), withItself: multiply(values, values) };
}

function multiply(a: Float64Array, b: Float64Array): Products {
  let lastA = a[0] as number;
  let lastB = b[0] as number;
  let all = lastA * lastB;
  let cross = 0;
  for (let i = 1; i < a.length; i += 1) {
    const x = a[i] as number;
    const z = b[i] as number;
    all += x * z;
    cross += x * lastB + lastA * z;
    lastA = x;
    lastB = z;
  }
  return { all, cross };
}

/** Products of one series with the columns of its stories, whatever its segments. */
export interface Moments {
  readonly k: Column;
  readonly y: Column;
  readonly columns: readonly Column[];
  /** y with each column. */
  readonly withY: readonly Products[];
}

export function momentsOf(k: Column, y: Column, columns: readonly Column[]): Moments {
  return { k, y, columns, withY: columns.map(({ values }) => multiply(y.values, values)) };
}

/** A0, A1, A2 of kk ky yy, then kc yc cc for each column: nine numbers each. */
export interface Edged {
  readonly moments: Moments;
  readonly starts: readonly number[];
  readonly sums: Float64Array;
  /** How many numbers of them are meant. */
  readonly count: number;
}

const perPair = 3;
const base = 3 * perPair;
const perColumn = 3 * perPair;

const sumsFor = reusable();
const totalsFor = reusable();
const valuesFor = reusable();
const logsFor = reusable();

/** As with all that follows, what it holds is gone with the next profile. */
export function edgedSums(moments: Moments, starts: readonly number[]): Edged {
  const { k, y, columns, withY } = moments;
  const count = base + perColumn * columns.length;
  const sums = sumsFor(count);
  const put = (at: number, products: Products, a: Column, b: Column): void =>
    putEdged({ sums, at, products, a: a.values, b: b.values, starts });
  put(0, k.withCycles, k, k);
  put(perPair, y.withCycles, k, y);
  put(2 * perPair, y.withItself, y, y);
  columns.forEach((column, j) => {
    const at = base + perColumn * j;
    put(at, column.withCycles, k, column);
    put(at + perPair, withY[j] as Products, y, column);
    put(at + 2 * perPair, column.withItself, column, column);
  });
  return { moments, starts, sums, count };
}

interface EdgeSpec {
  readonly sums: Float64Array;
  readonly at: number;
  readonly products: Products;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly starts: readonly number[];
}

/** A segment of one point says nothing beyond its level. */
function putEdged({ sums, at, products, a, b, starts }: EdgeSpec): void {
  let { all, cross } = products;
  let edges = 0;
  for (let s = 0; s < starts.length; s += 1) {
    const from = starts[s] as number;
    const last = (s + 1 < starts.length ? (starts[s + 1] as number) : a.length) - 1;
    const first = (a[from] as number) * (b[from] as number);
    if (from > 0) {
      cross -=
        (a[from] as number) * (b[from - 1] as number) +
        (a[from - 1] as number) * (b[from] as number);
    }
    if (last === from) all -= first;
    else edges += first + (a[last] as number) * (b[last] as number);
  }
  sums[at] = all;
  sums[at + 1] = cross;
  sums[at + 2] = all - edges;
}

/** One row for each AR coefficient. */
export interface Grams {
  /** kk ky yy, then kc yc cc for each column. */
  readonly values: Float64Array;
  readonly width: number;
  /** Sum over segments of ln(1-rho^2) - ln(precision of the level / length). */
  readonly logs: Float64Array;
}

/** Of one segment: its length, then for k, y and each column the sum over it, and its first value and last together. */
export interface Segments {
  readonly count: number;
  readonly width: number;
  readonly totals: Float64Array;
}

export function segmentTotals({ moments, starts }: Edged): Segments {
  const { k, y, columns } = moments;
  const n = y.values.length;
  const width = 5 + 2 * columns.length;
  const totals = totalsFor(width * starts.length);
  for (let s = 0; s < starts.length; s += 1) {
    const from = starts[s] as number;
    const to = s + 1 < starts.length ? (starts[s + 1] as number) : n;
    const at = width * s;
    totals[at] = to - from;
    for (let c = 0; c < columns.length + 2; c += 1) {
      const { values, before } = c === 0 ? k : c === 1 ? y : (columns[c - 2] as Column);
      totals[at + 1 + 2 * c] = (before[to] as number) - (before[from] as number);
      totals[at + 2 + 2 * c] = (values[from] as number) + (values[to - 1] as number);
    }
  }
  return { count: starts.length, width, totals };
}

const tiniest = 1e-200;

export function gramsAt(edged: Edged, segments: Segments, rhos: readonly number[]): Grams {
  const width = edged.count / perPair;
  const values = valuesFor(width * rhos.length);
  const logs = logsFor(rhos.length);
  for (let r = 0; r < rhos.length; r += 1) {
    putPlain(values, width * r, edged, rhos[r] as number);
    logs[r] = putLevels(values, width * r, segments, rhos[r] as number);
  }
  return { values, width, logs };
}

function putPlain(values: Float64Array, from: number, { sums, count }: Edged, rho: number): void {
  const square = rho * rho;
  for (let p = from, at = 0; at < count; p += 1, at += perPair) {
    values[p] =
      (sums[at] as number) - rho * (sums[at + 1] as number) + square * (sums[at + 2] as number);
  }
}

/** Projects the levels out; the sum of their logarithms. */
function putLevels(
  values: Float64Array,
  from: number,
  { count, width, totals }: Segments,
  rho: number,
): number {
  const square = rho * rho;
  let precision = 1;
  let logs = 0;
  const inner = (1 - rho) * (1 - rho);
  const edge = rho * (1 - rho);
  for (let s = 0, at = 0; s < count; s += 1, at += width) {
    const m = totals[at] as number;
    const level = m === 1 ? 1 - square : m * inner + 2 * edge;
    precision *= level / (m * (1 - square));
    // Before it vanishes; one logarithm for most segments is what makes this cheap.
    if (precision < tiniest) [logs, precision] = [logs - Math.log(precision), 1];
    if (m === 1) continue;
    // The whitened products with a column of ones over the segment.
    const onK = (totals[at + 1] as number) * inner + edge * (totals[at + 2] as number);
    const onY = (totals[at + 3] as number) * inner + edge * (totals[at + 4] as number);
    values[from] = (values[from] as number) - (onK * onK) / level;
    values[from + 1] = (values[from + 1] as number) - (onK * onY) / level;
    values[from + 2] = (values[from + 2] as number) - (onY * onY) / level;
    for (let c = at + 5, j = from + 3; c < at + width; c += 2, j += 3) {
      const onC = (totals[c] as number) * inner + edge * (totals[c + 1] as number);
      const on = onC / level;
      values[j] = (values[j] as number) - onK * on;
      values[j + 1] = (values[j + 1] as number) - onY * on;
      values[j + 2] = (values[j + 2] as number) - onC * on;
    }
  }
  return logs - Math.log(precision);
}
