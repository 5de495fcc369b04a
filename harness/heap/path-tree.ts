/**
 * Places in the heap, as paths of labels from a root, shared by all snapshots of one process. Objects that are reached
 * by the same names are at one place; a tail that repeats (a list, a chain of closures) is folded into one.
 */
export interface PathTree {
  readonly root: number;
  /** The place below `parent` that this edge and class lead to. */
  child(parent: number, edge: number, ofClass: number): number;
  parentOf(path: number): number;
  edgeOf(path: number): number;
  classOf(path: number): number;
  size(): number;
}

/** Two steps of a list that is linked both ways, a promise's chain, a timer's: longer periods were not seen. */
const LONGEST_PERIOD = 4;
/** Labels are fewer than this in any heap that fits into memory. */
const LABELS = 2 ** 22;

/** Columns of the tree; index 0 is the root. */
interface Columns {
  readonly parents: number[];
  readonly edges: number[];
  readonly classes: number[];
  readonly labels: number[];
  readonly depths: number[];
}

export function createPathTree(): PathTree {
  const columns: Columns = { parents: [-1], edges: [-1], classes: [-1], labels: [-1], depths: [0] };
  const { parents, edges, classes, labels, depths } = columns;
  const labelNumbers = new Map<number, number>();
  const children = new Map<number, number>();
  const labelOf = (edge: number, ofClass: number): number => {
    const key = edge * LABELS + ofClass;
    const known = labelNumbers.get(key);
    if (known !== undefined) return known;
    labelNumbers.set(key, labelNumbers.size);
    return labelNumbers.size - 1;
  };
  return {
    root: 0,
    child(parent, edge, ofClass) {
      const label = labelOf(edge, ofClass);
      const key = parent * LABELS + label;
      const known = children.get(key);
      if (known !== undefined) return known;
      const repeated = foldedInto(columns, parent, label);
      const path = repeated ?? parents.length;
      if (repeated === null) {
        parents.push(parent);
        edges.push(edge);
        classes.push(ofClass);
        labels.push(label);
        depths.push((depths[parent] as number) + 1);
      }
      children.set(key, path);
      return path;
    },
    parentOf: (path) => parents[path] as number,
    edgeOf: (path) => edges[path] as number,
    classOf: (path) => classes[path] as number,
    size: () => parents.length,
  };
}

/** The place that the same steps led to a period ago, when the last two periods are the same. */
function foldedInto(columns: Columns, parent: number, label: number): number | null {
  for (let period = 1; period <= LONGEST_PERIOD; period += 1) {
    if ((columns.depths[parent] as number) < 2 * period - 1) return null;
    const target = repeats(columns, { parent, label, period });
    if (target !== null) return target;
  }
  return null;
}

function repeats(
  { parents, labels }: Columns,
  { parent, label, period }: { parent: number; label: number; period: number },
): number | null {
  let earlier = parent;
  for (let step = 1; step < period; step += 1) earlier = parents[earlier] as number;
  const target = earlier;
  if (labels[target] !== label) return null;
  let later = parent;
  for (let step = 1; step < period; step += 1) {
    earlier = parents[earlier] as number;
    if (labels[earlier] !== labels[later]) return null;
    later = parents[later] as number;
  }
  return target;
}
