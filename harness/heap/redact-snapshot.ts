import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { basename } from './base-name.ts';
import { NUMBERED_EDGES, STRING_NODES } from './heap-graph.ts';
import { readStructure } from './read-snapshot.ts';

/** Kinds of names that come from the source of a program, not from its data. */
const NAMED_BY_CODE = new Set([
  'object',
  'closure',
  'native',
  'synthetic',
  'hidden',
  'object shape',
  'array',
  'code',
  'symbol',
]);
const IDENTIFIER = /^[A-Za-z_$][A-Za-z_$]{0,39}$/;
const CLASS_LIKE = /^[\w$ /().:<>,[\]*@#-]{0,80}$/;

/**
 * The file with every string emptied that is not a name: contents of strings go, class and function names stay, paths
 * keep their last part, names of properties stay when they are plain words. It loads in DevTools like the original.
 */
export function redactSnapshot(file: string): Readable {
  return Readable.from(redacted(file));
}

async function* redacted(file: string): AsyncGenerator<string | Buffer> {
  const { stringsAt, strings, keep } = planRedaction(file);
  yield* createReadStream(file, { end: stringsAt - 1 });
  yield '[';
  for (const [index, text] of strings.entries()) {
    yield `${index === 0 ? '' : ',\n'}${JSON.stringify(keep(index, text))}`;
  }
  yield ']}';
}

function planRedaction(file: string) {
  const { header, nodes, edges, strings, stringsAt } = readStructure(file);
  const contents = new Set(STRING_NODES.map((type) => header.nodeTypes.indexOf(type)));
  const numbered = new Set(NUMBERED_EDGES.map((type) => header.edgeTypes.indexOf(type)));
  const byCode = new Set<number>();
  const byProperty = new Set<number>();
  for (let node = 0; node < nodes.name.length; node += 1) {
    const type = nodes.type[node] as number;
    if (!contents.has(type) && NAMED_BY_CODE.has(header.nodeTypes[type] ?? ''))
      byCode.add(nodes.name[node] as number);
  }
  for (let edge = 0; edge < edges.name.length; edge += 1) {
    if (!numbered.has(edges.type[edge] as number)) byProperty.add(edges.name[edge] as number);
  }
  const keep = (index: number, text: string): string => {
    if (byCode.has(index)) return redactName(text);
    if (byProperty.has(index)) return IDENTIFIER.test(text) ? text : redactEdge(text);
    return '';
  };
  return { stringsAt, strings, keep };
}

function redactName(text: string): string {
  if (/[\\/]/.test(text) && !text.startsWith('system / ') && !text.startsWith('node:'))
    return basename(text.replace(/^.* \/ /, ''));
  return CLASS_LIKE.test(text) ? text : '';
}

/** V8's own names of edges have words; a key that a program made up does not say anything any more. */
function redactEdge(text: string): string {
  return /^(<symbol [\w. ]*>|[a-z_]+( [a-z_]+)*|\d+)$/.test(text) ? text : '*';
}
