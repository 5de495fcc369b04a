/** A bounded or ever slower rise a series may show without leaking; scaled to rise by about one over the run. */
export interface Curve {
  readonly kind: 'exp' | 'hyperbola' | 'log' | 'sqrt' | 'ramp' | 'hinge';
  /** Time constant as a share of the run (exp, hyperbola). */
  readonly share: number;
  readonly values: Float64Array;
}

const expShares = [0.015, 0.03, 0.06, 0.1, 0.15, 0.2, 0.27, 0.36, 0.5] as const;
const hyperbolaShares = [0.06, 0.125, 0.25] as const;

/** `from` is the first cycle of the whole series: a later window still sees the same warm-up. */
export function boundedCurves(cycles: Float64Array, from: number, span: number): readonly Curve[] {
  const age = cycles.map((k) => k - from + 1);
  const curves: Curve[] = [];
  for (const share of expShares) {
    const tau = share * span;
    curves.push({ kind: 'exp', share, values: age.map((a) => -Math.exp(-a / tau)) });
  }
  for (const share of hyperbolaShares) {
    const half = share * span;
    curves.push({ kind: 'hyperbola', share, values: age.map((a) => a / (a + half)) });
  }
  curves.push({ kind: 'log', share: 1, values: age.map((a) => Math.log(a) / Math.log(span + 1)) });
  curves.push({ kind: 'sqrt', share: 1, values: age.map((a) => Math.sqrt(a / span)) });
  return curves;
}
