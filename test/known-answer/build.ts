import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which modes there are; `known-answer.c` says what is true of each. */
const KNOWN_ANSWER_MODES = [
  'steady',
  'leak',
  'saturating',
  'fragmentation',
  'retention',
  'arenas',
  'mmap',
  'own-heap',
] as const;

export type KnownAnswerMode = (typeof KNOWN_ANSWER_MODES)[number];

/** The bytes that malloc takes for a block: its header is 8 bytes, sizes are multiples of 16, 32 is the least. */
export function chunkBytes(blockBytes: number): number {
  return Math.max(32, Math.ceil((blockBytes + 8) / 16) * 16);
}

/** The bytes of a block with a mapping of its own. */
export function mappedBytes(blockBytes: number): number {
  return Math.ceil((blockBytes + 16) / 4096) * 4096;
}

let built: Promise<string> | undefined;

async function build(): Promise<string> {
  const output = join(await mkdtemp(join(tmpdir(), 'tidemark-known-answer-')), 'known-answer');
  const source = join(import.meta.dirname, 'known-answer.c');
  // Without -fno-builtin the compiler would drop blocks that are only written to.
  await run('cc', ['-O1', '-g', '-Wall', '-fno-builtin', '-pthread', '-o', output, source]);
  return output;
}

/** Path of the compiled program; compiled once per process, into a temporary folder. Rejects without a `cc`. */
export function buildKnownAnswer(): Promise<string> {
  built ??= build();
  return built;
}
