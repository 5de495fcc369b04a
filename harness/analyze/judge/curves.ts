/** A bounded or ever slower rise a series may show without leaking; scaled to rise by about one over the run. */
export interface Curve {
  readonly kind: 'exp' | 'hyperbola' | 'log' | 'sqrt';
  /** Time constant as a share of the run (exp, hyperbola). */
  readonly share: number;
  readonly values: Float64Array;
  /** Growth of `values` per cycle at the last point. */
  readonly endSlope: number;
  /** Counted only against a growing story that needs a curve itself. */
  readonly slow: boolean;
}

const expShares = [0.015, 0.03, 0.06, 0.1, 0.15, 0.2, 0.27, 0.36, 0.5] as const;
/** Time constants no run of this length can tell from a straight line; only held against growth that already bends. */
const slowShares = [0.7, 1] as const;
const hyperbolaShares = [0.06, 0.125, 0.25] as const;

/** `from` is the first cycle of the whole series: a later window still sees the same warm-up. */
export function boundedCurves(cycles: Float64Array, from: number, span: number): readonly Curve[] {
  const age = cycles.map((k) => k - from + 1);
  const end = age[age.length - 1] ?? 1;
  const exp = (share: number, slow: boolean): Curve => {
    const tau = share * span;
    const values = age.map((a) => -Math.exp(-a / tau));
    return { kind: 'exp', share, values, endSlope: Math.exp(-end / tau) / tau, slow };
  };
  const hyperbola = (share: number): Curve => {
    const half = share * span;
    const values = age.map((a) => a / (a + half));
    return { kind: 'hyperbola', share, values, endSlope: half / (end + half) ** 2, slow: false };
  };
  return [
    ...expShares.map((share) => exp(share, false)),
    ...hyperbolaShares.map(hyperbola),
    { kind: 'log', share: 1, values: age.map(Math.log), endSlope: 1 / end, slow: false },
    { kind: 'sqrt', share: 1, values: age.map(Math.sqrt), endSlope: 0.5 / Math.sqrt(end), slow: false },
    ...slowShares.map((share) => exp(share, true)),
  ];
}
