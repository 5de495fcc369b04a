import type { Jumps } from './jumps.ts';
import { plainEvidence, type Story, type Weighing, weighStories } from './stories.ts';
import type { StoryInput } from './tellings.ts';

const mostSteps = 3;
/** Growth with less evidence than this is not believed anyway. */
const worthExplaining = 3;
/** Points a step must keep on each side, and points looked at on each side. */
const fewestBeside = 3;
const mostBeside = 12;

export interface Explained {
  readonly weighing: Weighing;
  readonly jumps: Jumps;
}

/**
 * A step smaller than the noise does not show in one difference. Before growth is believed, the upward step that shows
 * best over a stretch is offered to both stories; it stays when the bounded one gains more than a level and a place
 * cost (the charge of N. R. Zhang and D. O. Siegmund 2007 comes to about 3 ln n for a level with its place).
 */
export function explainBySteps(input: StoryInput, first: Weighing): Explained {
  let explained: Explained = { weighing: first, jumps: input.jumps };
  if (first.growing.curve === null && first.evidence > plainEvidence) return explained;
  for (let i = 0; i < mostSteps && explained.weighing.evidence > worthExplaining; i += 1) {
    const { weighing, jumps } = explained;
    const at = bestStep(input.cycles, jumps, weighing.growing);
    if (at === null) break;
    const places = [...jumps.at, at].sort((a, b) => a - b);
    const sizes = places.map((place) => jumps.sizes[jumps.at.indexOf(place)] ?? 0);
    const more = { ...jumps, at: places, sizes };
    const next = weighStories({ ...input, jumps: more }, weighing.lasting);
    if (next === null) break;
    if (next.bounded.score < weighing.bounded.score + Math.log(input.cycles.length)) break;
    explained = { weighing: next, jumps: more };
  }
  return explained;
}

/** Where the mean after exceeds the mean before most, in standard errors, once the growing story is taken off. */
function bestStep(cycles: Float64Array, jumps: Jumps, story: Story): number | null {
  const n = cycles.length;
  const { slope, curve, peak } = story;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i += 1) {
    const told = slope * (cycles[i] as number) + peak.size * (curve?.values[i] ?? 0);
    sums[i + 1] = (sums[i] as number) + (jumps.clipped[i] as number) - told;
  }
  let best = 0;
  let place: number | null = null;
  const edges = [...jumps.at, n];
  let from = 0;
  for (const to of edges) {
    for (let i = from + fewestBeside; i <= to - fewestBeside; i += 1) {
      const left = Math.min(i - from, mostBeside);
      const right = Math.min(to - i, mostBeside);
      const before = ((sums[i] as number) - (sums[i - left] as number)) / left;
      const after = ((sums[i + right] as number) - (sums[i] as number)) / right;
      const gain = (after - before) / Math.sqrt(1 / left + 1 / right);
      if (gain > best) {
        best = gain;
        place = i;
      }
    }
    from = to;
  }
  return place;
}
