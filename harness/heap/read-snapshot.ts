import { type ByteReader, closeBytes, openBytes, peek, take, takeIf } from './byte-reader.ts';
import { type HeapGraph, NUMBERED_EDGES, SnapshotError, STRING_NODES } from './heap-graph.ts';
import {
  readNumbers,
  readRows,
  readString,
  readStrings,
  readValue,
  skipValue,
} from './json-bytes.ts';

interface Header {
  readonly nodeFields: readonly string[];
  readonly nodeTypes: readonly string[];
  readonly edgeFields: readonly string[];
  readonly edgeTypes: readonly string[];
  readonly locationFields: readonly string[];
  readonly nodeCount: number;
  readonly edgeCount: number;
}

interface Nodes {
  readonly type: Uint8Array;
  readonly name: Uint32Array;
  readonly id: Uint32Array;
  readonly selfBytes: Float64Array;
  readonly firstEdge: Uint32Array;
}

interface Edges {
  readonly type: Uint8Array;
  readonly name: Uint32Array;
  readonly to: Uint32Array;
}

/**
 * Reads a snapshot file as V8 writes it, in one pass and without one string of it as a whole.
 * Throws SnapshotError with what is wrong and where.
 * https://chromium.googlesource.com/v8/v8/+/main/src/profiler/heap-snapshot-generator.cc (HeapSnapshotJSONSerializer)
 */
export function readSnapshot(file: string): HeapGraph {
  return toGraph(readStructure(file));
}

/** The parts of the file as they are in it, and where its strings begin. */
export function readStructure(file: string): Parts {
  const bytes = openBytes(file);
  try {
    return readParts(bytes);
  } finally {
    closeBytes(bytes);
  }
}

function readParts(bytes: ByteReader): Parts {
  let header: Header | null = null;
  let nodes: Nodes | null = null;
  let edges: Edges | null = null;
  let locations: number[] = [];
  let strings: string[] | null = null;
  let stringsAt = 0;
  const known = <T>(part: T | null, name: string): T => {
    if (part === null) throw new SnapshotError(`it has no '${name}' where there must be some`);
    return part;
  };
  take(bytes, '{');
  do {
    const key = readString(bytes);
    take(bytes, ':');
    if (key === 'snapshot') header = readHeader(readValue(bytes));
    else if (key === 'nodes') nodes = readNodes(bytes, known(header, 'snapshot'));
    else if (key === 'edges') edges = readEdges(bytes, known(header, 'snapshot'));
    else if (key === 'locations') locations = readNumbers(bytes);
    else if (key === 'strings') {
      const isWanted = wantedNames(
        known(header, 'snapshot'),
        known(nodes, 'nodes'),
        known(edges, 'edges'),
      );
      peek(bytes);
      stringsAt = bytes.before + bytes.at;
      strings = readStrings(bytes, isWanted);
    } else skipValue(bytes);
  } while (takeIf(bytes, ','));
  take(bytes, '}');
  return {
    header: known(header, 'snapshot'),
    nodes: known(nodes, 'nodes'),
    edges: known(edges, 'edges'),
    strings: known(strings, 'strings'),
    locations,
    stringsAt,
  };
}

function readHeader(text: string): Header {
  const { meta, node_count, edge_count } = JSON.parse(text) as {
    meta?: {
      node_fields: string[];
      node_types: (string | string[])[];
      edge_fields: string[];
      edge_types: (string | string[])[];
      location_fields?: string[];
    };
    node_count?: number;
    edge_count?: number;
  };
  if (meta === undefined || node_count === undefined || edge_count === undefined)
    throw new SnapshotError('its header does not say what is in it');
  const listed = (types: string | string[] | undefined): string[] =>
    Array.isArray(types) ? types : [];
  return {
    nodeFields: meta.node_fields,
    nodeTypes: listed(meta.node_types[0]),
    edgeFields: meta.edge_fields,
    edgeTypes: listed(meta.edge_types[0]),
    locationFields: meta.location_fields ?? [],
    nodeCount: node_count,
    edgeCount: edge_count,
  };
}

function readNodes(bytes: ByteReader, { nodeFields, nodeCount, edgeCount }: Header): Nodes {
  const type = new Uint8Array(nodeCount);
  const name = new Uint32Array(nodeCount);
  const id = new Uint32Array(nodeCount);
  const selfBytes = new Float64Array(nodeCount);
  const firstEdge = new Uint32Array(nodeCount + 1);
  const columns = { type, name, id, self_size: selfBytes, edge_count: firstEdge };
  for (const field of Object.keys(columns))
    if (!nodeFields.includes(field)) throw new SnapshotError(`its nodes have no '${field}'`);
  const rows = readRows(
    bytes,
    nodeFields.map((field) => columns[field as keyof typeof columns] ?? null),
    nodeCount,
  );
  if (rows !== nodeCount)
    throw new SnapshotError(`it has ${rows} nodes, ${nodeCount} were announced`);
  let sum = 0;
  for (let node = 0; node < nodeCount; node += 1) {
    const count = firstEdge[node] as number;
    firstEdge[node] = sum;
    sum += count;
  }
  firstEdge[nodeCount] = sum;
  if (sum !== edgeCount)
    throw new SnapshotError(`its nodes have ${sum} edges, ${edgeCount} were announced`);
  return { type, name, id, selfBytes, firstEdge };
}

function readEdges(bytes: ByteReader, { edgeFields, nodeFields, nodeCount, edgeCount }: Header) {
  const type = new Uint8Array(edgeCount);
  const name = new Uint32Array(edgeCount);
  const to = new Uint32Array(edgeCount);
  const columns = { type, name_or_index: name, to_node: to };
  for (const field of Object.keys(columns))
    if (!edgeFields.includes(field)) throw new SnapshotError(`its edges have no '${field}'`);
  const rows = readRows(
    bytes,
    edgeFields.map((field) => columns[field as keyof typeof columns] ?? null),
    edgeCount,
  );
  if (rows !== edgeCount)
    throw new SnapshotError(`it has ${rows} edges, ${edgeCount} were announced`);
  for (let edge = 0; edge < edgeCount; edge += 1) {
    const node = (to[edge] as number) / nodeFields.length;
    if (!Number.isInteger(node) || node >= nodeCount)
      throw new SnapshotError(`edge ${edge} leads to no node`);
    to[edge] = node;
  }
  return { type, name, to };
}

/** Names of edges and of nodes, not what the program's strings hold: those would be most of the memory. */
function wantedNames({ nodeTypes, edgeTypes }: Header, nodes: Nodes, edges: Edges) {
  const contents = new Set(STRING_NODES.map((type) => nodeTypes.indexOf(type)));
  const numbered = new Set(NUMBERED_EDGES.map((type) => edgeTypes.indexOf(type)));
  const wanted = new Set<number>();
  for (let node = 0; node < nodes.name.length; node += 1)
    if (!contents.has(nodes.type[node] as number)) wanted.add(nodes.name[node] as number);
  for (let edge = 0; edge < edges.name.length; edge += 1)
    if (!numbered.has(edges.type[edge] as number)) wanted.add(edges.name[edge] as number);
  return (index: number): boolean => wanted.has(index);
}

export interface Parts {
  readonly header: Header;
  readonly nodes: Nodes;
  readonly edges: Edges;
  readonly strings: readonly string[];
  readonly locations: readonly number[];
  /** Byte at which the list of strings begins. */
  readonly stringsAt: number;
}

function toGraph({ header, nodes, edges, strings, locations }: Parts): HeapGraph {
  const { nodeTypes, edgeTypes, nodeCount } = header;
  const numbered = new Set(NUMBERED_EDGES.map((type) => edgeTypes.indexOf(type)));
  for (const name of nodes.name)
    if (name >= strings.length) throw new SnapshotError('a node has a name that is not there');
  for (let edge = 0; edge < edges.name.length; edge += 1) {
    const isName = !numbered.has(edges.type[edge] as number);
    if (isName && (edges.name[edge] as number) >= strings.length)
      throw new SnapshotError('an edge has a name that is not there');
  }
  return {
    nodeCount,
    nodeTypes,
    edgeTypes,
    nodeType: nodes.type,
    nodeName: nodes.name,
    nodeId: nodes.id,
    selfBytes: nodes.selfBytes,
    firstEdge: nodes.firstEdge,
    edgeType: edges.type,
    edgeName: edges.name,
    edgeTo: edges.to,
    strings,
    locations: readLocations(header, locations),
  };
}

function readLocations({ locationFields, nodeFields }: Header, numbers: readonly number[]) {
  const found = new Map<number, { line: number; column: number }>();
  const step = locationFields.length;
  const [object, line, column] = ['object_index', 'line', 'column'].map((field) =>
    locationFields.indexOf(field),
  );
  if (step === 0 || object === undefined || object < 0) return found;
  for (let at = 0; at + step <= numbers.length; at += step) {
    found.set((numbers[at + object] as number) / nodeFields.length, {
      line: (numbers[at + (line ?? 0)] as number) + 1,
      column: (numbers[at + (column ?? 0)] as number) + 1,
    });
  }
  return found;
}
