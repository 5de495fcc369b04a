/** A V8 heap snapshot as typed arrays: nodes and edges by number, no object per node. */
export interface HeapGraph {
  readonly nodeCount: number;
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  readonly nodeType: Uint8Array;
  readonly nodeName: Uint32Array;
  readonly nodeId: Uint32Array;
  readonly selfBytes: Float64Array;
  /** Edges of node n are `firstEdge[n]` up to, without, `firstEdge[n + 1]`. */
  readonly firstEdge: Uint32Array;
  readonly edgeType: Uint8Array;
  readonly edgeName: Uint32Array;
  readonly edgeTo: Uint32Array;
  /** Only names are kept: contents of the program's strings are empty here. */
  readonly strings: readonly string[];
  /** Line and column of functions and of objects' constructors, both from 1. */
  readonly locations: ReadonlyMap<number, { readonly line: number; readonly column: number }>;
}

/** What a snapshot says that cannot be a snapshot. */
export class SnapshotError extends Error {
  constructor(says: string) {
    super(says);
    this.name = 'SnapshotError';
  }
}

/** Edge types whose `name_or_index` is a number, not a name. */
export const NUMBERED_EDGES: readonly string[] = ['element', 'hidden'];

/** Node types whose name is what the program's string holds. */
export const STRING_NODES: readonly string[] = ['string', 'concatenated string', 'sliced string'];
