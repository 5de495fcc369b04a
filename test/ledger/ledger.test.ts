import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import { openLedger } from '../../harness/ledger/append.ts';
import { readLedger } from '../../harness/ledger/read.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cell = {
  id: 'a/b/inline/glibc',
  scenario: 'a',
  target: { id: 'b', variants: {}, text: 'b' },
  executor: 'inline',
  allocator: 'glibc',
  repeat: 1,
};
const at = '2026-01-01T00:00:00.000Z';
const started: LedgerEntry = {
  type: 'cell-started',
  at,
  cell: cell.id,
  plan: cell,
  proof: { allocator: 'glibc', evidence: 'libc.so.6 mapped' },
  facts: { versions: {}, launchCommand: 'b', nativeBinaries: [] },
};
const sample = (cycle: number): LedgerEntry => ({
  type: 'sample',
  at,
  cell: cell.id,
  cycle,
  checkpoint: 'left+gc',
  atMs: cycle,
  settled: true,
  settleMs: 1,
  probes: { p: { values: { 'native.live': 100 + cycle } } },
});

function write(entries: readonly LedgerEntry[]): string {
  const file = join(folder, 'ledger.ndjson');
  const ledger = openLedger(file);
  for (const entry of entries) ledger.append(entry);
  ledger.close();
  return file;
}

it('reads back what was written', async () => {
  const entries: LedgerEntry[] = [
    started,
    sample(1),
    { type: 'cell-ended', at, cell: cell.id, cycles: 1 },
  ];
  expect(await readLedger(write(entries))).toEqual({ entries, problems: [] });
});

it('appends to a ledger that is already there', async () => {
  write([started]);
  const file = write([sample(1), { type: 'cell-ended', at, cell: cell.id, cycles: 1 }]);
  expect((await readLedger(file)).entries).toHaveLength(3);
});

it('reads a ledger that was cut in half as far as it is whole, and says what is missing', async () => {
  const file = write([started, sample(1), sample(2), sample(3)]);
  truncateSync(file, readFileSync(file).length - 30);
  const { entries, problems } = await readLedger(file);
  expect(entries).toEqual([started, sample(1), sample(2)]);
  expect(problems).toEqual([
    'line 4 of the ledger is not whole and was left out',
    'cell a/b/inline/glibc has no end: the ledger stops after cycle 2',
  ]);
});

it('says of a file that is no ledger how many lines it left out, not each', async () => {
  const file = join(folder, 'noise.ndjson');
  writeFileSync(file, 'x\n'.repeat(30));
  expect((await readLedger(file)).problems).toEqual([
    '30 lines of the ledger are not whole and were left out (1, 2, 3, ...)',
    'the ledger has no readable entry: nothing was measured',
  ]);
});

it('leaves out lines that are JSON but no entry', async () => {
  const file = join(folder, 'odd.ndjson');
  writeFileSync(file, `[]\n{"type":"sample"}\n42\n${JSON.stringify(started)}\n`);
  const { entries, problems } = await readLedger(file);
  expect(entries).toEqual([started]);
  expect(problems).toHaveLength(4);
});

it('says of an empty ledger that nothing was measured', async () => {
  const file = join(folder, 'empty.ndjson');
  writeFileSync(file, '');
  expect((await readLedger(file)).problems).toEqual([
    'the ledger has no readable entry: nothing was measured',
  ]);
});

it('holds no secret and names no folder of this machine', async () => {
  const reason = `${cacheDir()}/livekit-server/1.2.3 with --token abc in ${homedir()}/work`;
  const file = write([
    { type: 'cell-failed', at, cell: cell.id, kind: 'internal', cycle: 0, reason },
  ]);
  const { entries } = await readLedger(file);
  expect(entries).toMatchObject([
    { reason: '<cache>/livekit-server/1.2.3 with --token *** in ~/work' },
  ]);
});
