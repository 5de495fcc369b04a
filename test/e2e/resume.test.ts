import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import type { RunResult } from '../../harness/contracts/result.ts';
import { buildKnownAnswer } from '../known-answer/build.ts';
import { findTool, testWith } from '../native/support/requirements.ts';
import { type Finished, resultOf, type Started, startTidemark, tidemark } from './_tidemark.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');

/** What two runs of one program have in common. */
const outcome = ({ cells, verdicts, exitCode, exitCodes, warnings }: RunResult) => ({
  cells: cells.map(({ cell, cyclesDone, cyclesPlanned, failure, classification }) => ({
    id: cell.id,
    cyclesDone,
    cyclesPlanned,
    failure,
    kind: classification.kind,
    leaking: classification.leaking,
  })),
  verdicts: verdicts.map(({ cell, verdict }) => [cell, verdict]),
  exitCode,
  exitCodes,
  warnings,
});

const ledgerTextOf = (run: Pick<Finished, 'runDir'>): string =>
  readFileSync(join(run.runDir, 'ledger.ndjson'), 'utf8');

/** Ends a run in the middle of its second cell. */
async function interrupt(started: Started): Promise<Finished> {
  await started.shows('[2/3]');
  await new Promise((wait) => setTimeout(wait, 1500));
  started.child.kill('SIGINT');
  return await started.finished;
}

describe('an interrupted run', () => {
  afterAll(async () => rm(dirname(await buildKnownAnswer()), { recursive: true, force: true }));

  test('says how to resume it, and resumed is the run that nobody interrupted', async () => {
    const command = `${await buildKnownAnswer()} leak 7 5 8000`;
    const program = ['--scenario', 'program-cycle', '--target', 'program', '--command', command];
    const quick = ['--allocator', 'glibc', '--cycles', '16', '--repeats', '3', '--idle-tail', '0s'];
    const args = ['run', ...program, ...quick];
    const [whole, half] = await Promise.all([tidemark(args), interrupt(startTidemark(args))]);
    expect(half.code).toBe(130);
    expect(half.stderr).toMatch(/resume with: npx tidemark run --resume \S+/);
    expect(resultOf(half).cells.map(({ failure }) => failure?.kind ?? null)).toEqual([
      null,
      'interrupted',
      'interrupted',
    ]);
    const before = ledgerTextOf(half);
    const resumed = await tidemark(['run', '--resume', half.runDir]);
    expect(resumed.stderr).toContain('2 of 3 cells are left');
    expect(outcome(resultOf(half))).toEqual(outcome(resultOf(whole)));
    expect(resumed.code).toBe(whole.code);
    // What was measured before stays on record.
    expect(ledgerTextOf(half).startsWith(before)).toBe(true);

    const again = await tidemark(['run', '--resume', half.runDir]);
    expect([again.code, again.stderr]).toEqual([
      whole.code,
      expect.stringContaining('0 of 3 cells are left'),
    ]);
    const other = await tidemark(['run', '--resume', half.runDir, '--idle-tail', '1s']);
    expect([other.code, other.stderr]).toEqual([
      2,
      'tidemark: --resume goes by the plan of the run: --idle-tail cannot change it (leave it out, or start a new run)\n',
    ]);
  });
});
