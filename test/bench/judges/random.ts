/**
 * Seeded random source of the bench. `draw` is where the two modes differ: the known rows of the tables use the first
 * number, the redrawn ones any value between the other two (log-uniform), so that a judge cannot be tuned to 23 rows.
 */
export interface Source {
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly draw: (known: number, low: number, high: number) => number;
}

export function seededSource(seed: number, redraw = false): Source {
  const uniform = mulberry(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const draw = (known: number, low: number, high: number): number =>
    redraw ? low * (high / low) ** uniform() : known;
  return { uniform, normal, draw };
}

/** mulberry32 (T. Ettinger, public domain), warmed up so that neighbouring seeds part at once. */
function mulberry(seed: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = 0; i < 8; i += 1) next();
  return next;
}
