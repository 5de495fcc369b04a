import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidemark } from './_tidemark.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bad-'));
writeFileSync(join(folder, 'typo.json'), '{ "cyles": 5 }');
writeFileSync(join(folder, 'torn.json'), '{ "cycles": ');
writeFileSync(join(folder, 'file'), '');
writeFileSync(join(folder, 'level.json'), '{ "budgets": { "native.live": ["eror", {}] } }');
writeFileSync(
  join(folder, 'truth.json'),
  '{ "truths": [{ "cell": "jemaloc", "expect": ["leak"] }] }',
);
mkdirSync(join(folder, 'no-plan'));
writeFileSync(join(folder, 'no-plan/plan.json'), '{}');
mkdirSync(join(folder, 'no-cells'));
writeFileSync(join(folder, 'no-cells/plan.json'), '{ "schemaVersion": 1, "cells": [] }');

/** One line that says what to do, and exit 2. */
describe('bad input', () => {
  it.each<[string, string[], string]>([
    [
      'an unknown scenario',
      ['run', '--scenario', 'join-leav'],
      "unknown scenario 'join-leav' (did you mean 'join-leave'?",
    ],
    ['an unknown target', ['run', '--target', 'rtcnode'], "did you mean 'rtc-node'?"],
    ['an unknown allocator', ['run', '--allocator', 'jemaloc'], "did you mean 'jemalloc'?"],
    ['a bad version form', ['run', '--target', 'rtc-node@'], 'is not of the form'],
    ['no cycles', ['run', '--cycles', '0'], 'a whole number from 1 up is needed'],
    [
      'cycles that are no number',
      ['run', '--cycles', 'many'],
      'a whole number from 1 up is needed',
    ],
    [
      'a config with a typo',
      ['run', '--config', join(folder, 'typo.json')],
      "unknown key 'cyles' (did you mean 'cycles'?)",
    ],
    ['a config that is torn', ['run', '--config', join(folder, 'torn.json')], 'cannot be read'],
    [
      'a config that is not there',
      ['run', '--config', 'nowhere.json'],
      'does not exist (check the path after --config)',
    ],
    [
      'an output folder that cannot be written',
      ['run', '--out', join(folder, 'file')],
      'cannot be written',
    ],
    [
      'an output folder in a file system that makes none',
      ['run', '--out', '/proc/tidemark'],
      'cannot be written',
    ],
    ['a time without unit', ['run', '--idle-tail', '5'], "not a duration: write '500ms', '30s'"],
    ['a size with a wrong unit', ['run', '--memory-limit', '2XB'], "not a size: write '512MiB'"],
    ['a run beside a CSV', ['analyze', '--csv', 'a.csv', 'b'], 'takes a run or --csv, not both'],
    [
      'a budget for a stored run',
      ['analyze', '--budget', '1KiB/cycle', 'a'],
      '--budget is for --csv',
    ],
    ['a parameter without value', ['run', '--param', 'ending'], 'is not name=value'],
    ['an unknown flag', ['run', '--cycels', '5'], '(Did you mean --cycles?)'],
    ['an unknown command', ['rnu'], "tidemark: unknown command 'rnu' (Did you mean run?)"],
    ['a flag that nothing is like', ['run', '--frob'], '(npx tidemark run --help shows what'],
    [
      'an argument that is missing',
      ['compare', 'a'],
      "argument 'now' (npx tidemark compare --help",
    ],
    [
      'a command that no target runs',
      ['run', '--command', 'x'],
      'target rtc-node runs no --command',
    ],
    [
      'a truth about no cell',
      ['run', '--config', join(folder, 'truth.json')],
      "the truth about 'jemaloc' fits no cell of the plan (did you mean 'jemalloc'?",
    ],
    ['a shard that there is not', ['run', '--shard', '5/4'], 'is not part i of n'],
    ['a baseline that is not there', ['run', '--against', 'none.json'], 'none.json does not exist'],
    ['a run to compare that is not there', ['compare', 'a', 'b'], 'a does not exist'],
    ['a baseline file that is not there', ['baseline', 'show'], 'there is no tidemark-baseline'],
    ['shards that are not there', ['merge', join(folder, 'none')], 'does not exist'],
    ['a run to resume that is none', ['run', '--resume', folder], 'holds no plan.json'],
    ['a run that is not there', ['analyze', join(folder, 'none')], 'does not exist'],
    [
      'a level of a budget that there is not',
      ['run', '--config', join(folder, 'level.json')],
      'the level of a budget is off, warn or error (docs/budgets.md shows',
    ],
    ['a plan that is none', ['analyze', join(folder, 'no-plan')], 'is no plan that this version'],
    [
      'a report that there is not',
      ['report', join(folder, 'no-cells'), '--format', 'htm'],
      "unknown report 'htm' (did you mean 'html'?",
    ],
    ['a folder that is no run', ['report', folder], 'holds no plan.json'],
    [
      'a program without a command',
      ['run', '--scenario', 'program-cycle', '--target', 'program'],
      '--command',
    ],
  ])('%s', async (_, args, says) => {
    const run = await tidemark(args);
    const lines = run.stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('tidemark 0.'));
    expect(lines.join('\n')).toContain(says);
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(run.code).toBe(2);
  });

  it('a version that does not exist, with those there are, before anything is built, and leaves no folder of a run', async () => {
    const TIDEMARK_CACHE = join(folder, 'empty-cache');
    const run = await tidemark(['run', '--target', 'rtc-node@9.9.9'], { env: { TIDEMARK_CACHE } });
    expect(run.stderr).not.toContain('livekit-server');
    expect(run.stderr).toContain('9.9.9');
    expect(run.stderr).toMatch(/1\.1\.0|0\.13\./);
    expect(run.code).toBe(2);
    expect(run.runDir).toBe('');
  });
});
