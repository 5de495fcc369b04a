import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import { resultOf, tidemark } from '../e2e/_tidemark.ts';
import { temporaryFolder } from '../lib/_real-parts.ts';

/** Every cycle makes 200 KB of cyclic garbage; Python's own collector has no reason to look for it within so few. */
const GARBAGE = `
import sys
class Node: pass
for line in sys.stdin:
    node = Node()
    node.own, node.bytes = node, bytearray(200_000)
    node = None
    print('done', line.split()[1], flush=True)
`;

/** Every cycle keeps an array of 12,000 numbers, 96 KB of V8's heap, and not a byte of malloc's. */
const KEEPS = `
import { createInterface } from 'node:readline';
const kept = [];
for await (const line of createInterface({ input: process.stdin })) {
  kept.push(Array.from({ length: 12_000 }, (_, i) => i + 0.5));
  console.log('done ' + line.split(' ')[1]);
}
`;

/** The command as a user writes it, without a word of inspectors or collectors. */
async function classify(runtime: string, file: string, text: string): Promise<CellAnalysis> {
  const path = join(temporaryFolder(), file);
  writeFileSync(path, text);
  const program = ['--scenario', 'program-cycle', '--target', 'program', '--command'];
  const run = await tidemark([
    ...['run', ...program, `${runtime} ${path}`, '--allocator', 'glibc'],
    ...['--cycles', '25', '--idle-tail', '0s'],
  ]);
  const cell = resultOf(run).cells[0];
  if (cell === undefined || cell.failure !== null) throw new Error(run.stderr);
  return cell;
}

test('cyclic garbage that Python has not collected yet is no leak', async () => {
  const { classification } = await classify('python3', 'garbage.py', GARBAGE);
  expect(['steady', 'warm-up']).toContain(classification.kind);
});

test('what the heap of a Node program keeps is a leak, though malloc does not see it', async () => {
  const { classification } = await classify('node', 'keeps.mjs', KEEPS);
  expect(classification).toMatchObject({ kind: 'leak', leaking: ['managed'], driver: 'cycles' });
});
