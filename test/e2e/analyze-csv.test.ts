import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidemark } from './_tidemark.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-csv-'));

/** Deterministic noise, so that the answer is the same every time. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x) - 0.5;
}

function write(name: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, at) => {
    const k = at + 1;
    const leak = 40_000_000 + 65_536 * k + 10_000 * noise(k);
    const steady = 40_000_000 + 10_000 * noise(k + 1000);
    const filling = 5_000_000 * (1 - Math.exp(-k / 8)) + 1000 * noise(k + 2000);
    return `${k},${Math.round(leak)},${Math.round(steady)},${Math.round(filling)},${7 + Math.floor(k / 2)}`;
  });
  const file = join(folder, name);
  writeFileSync(file, `cycle,leak,steady,filling,threads.worker\n${lines.join('\n')}\n`);
  return file;
}

describe('tidemark analyze --csv', () => {
  it('judges every column, as an array with one object per column', async () => {
    const run = await tidemark([
      'analyze',
      '--csv',
      write('all.csv', 100),
      '--budget',
      '16KiB/cycle',
      '--json',
    ]);
    const judged = JSON.parse(run.stdout) as {
      metric: string;
      shape: string;
      slopePerCycle: number;
      intervalLow: number;
      intervalHigh: number;
    }[];
    expect(judged.map(({ metric }) => metric)).toEqual([
      'leak',
      'steady',
      'filling',
      'threads.worker',
    ]);
    for (const key of [
      'shape',
      'slopePerCycle',
      'intervalLow',
      'intervalHigh',
      'minimumDetectableSlope',
      'cyclesToDecide',
    ]) {
      expect(judged.every((column) => key in column)).toBe(true);
    }
    expect(judged.slice(0, 2).map(({ shape }) => shape)).toEqual(['growing', 'steady']);
    // A budget in bytes is none for threads.
    expect(judged[3]?.shape).toBe('growing');
    expect(judged[2]?.shape).not.toBe('growing');
    expect(Math.abs((judged[0]?.slopePerCycle ?? 0) - 65_536)).toBeLessThan(700);
    expect(run.code).toBe(1);
  });

  it('lets a count not grow when no budget is given', async () => {
    const run = await tidemark(['analyze', '--csv', write('count.csv', 60), '--json']);
    const threads = JSON.parse(run.stdout).find(
      ({ metric }: { metric: string }) => metric === 'threads.worker',
    );
    expect(threads).toMatchObject({ shape: 'growing' });
  });

  it('says that too few rows decide nothing, and how many would', async () => {
    const run = await tidemark(['analyze', '--csv', write('few.csv', 8), '--json']);
    const judged = JSON.parse(run.stdout) as { shape: string; cyclesToDecide: number }[];
    expect(judged.every(({ shape }) => shape === 'undecided')).toBe(true);
    expect(judged[0]?.cyclesToDecide).toBeGreaterThanOrEqual(15);
    expect(judged[0]).toMatchObject({ intervalLow: null, intervalHigh: null });
    expect(run.code).toBe(3);
  });

  it.each([
    ['a budget without a unit per cycle', ['--budget', '16KiB'], 'is not a rate'],
    ['a file that is not there', ['--csv', 'nowhere.csv'], 'does not exist'],
    ['a folder', ['--csv', '.'], 'is a folder'],
    ['a budget per minute without times', ['--budget', '1MiB/minute'], 'needs a time'],
    ['a budget of no column', ['--budget', 'leek=1KiB/cycle'], "no column 'leek'"],
  ])('refuses %s', async (_, more, says) => {
    const run = await tidemark(['analyze', '--csv', write('ok.csv', 30), ...more]);
    expect(run.stderr).toContain(says);
    expect(run.code).toBe(2);
  });
});
