import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { judgeSeries } from '../../harness/analyze/judge/judge-series.ts';
import { readIdleNoise, storeIdleNoise } from '../../harness/run/idle-noise.ts';
import { noise } from '../bench/judges/generators.ts';
import { seededSource } from '../bench/judges/random.ts';

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'tidemark-idle-noise-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const measured = {
  measuredAt: '2026-01-02T03:04:05.000Z',
  deviations: { 'memory.anonymous': 4096 },
};

it('is kept with the kernel it was measured under, and leaves no draft', () => {
  storeIdleNoise(measured, cache);
  expect(readIdleNoise(cache)).toEqual({ ...measured, kernel: release() });
  expect(readdirSync(cache)).toEqual(['idle-noise.json']);
});

it('claims nothing when it was never measured, under another kernel, or is garbled', () => {
  expect(readIdleNoise(cache)).toBeNull();
  const file = join(cache, 'idle-noise.json');
  writeFileSync(file, JSON.stringify({ ...measured, kernel: '0.0' }));
  expect(readIdleNoise(cache)).toBeNull();
  writeFileSync(file, '{');
  expect(readIdleNoise(cache)).toBeNull();
});

it('raises what a calm series could have seen, and changes nothing else', () => {
  const values = [...noise(seededSource(3), 60)].map((value) => 20_000 + value);
  const points = { cycles: values.map((_, k) => k + 1), values };
  const { reason: _own, ...own } = judgeSeries(points, { budgetPerCycle: 2 });
  const louder = { budgetPerCycle: 2, idleNoise: 3 * own.noise };
  const { reason: _raised, ...raised } = judgeSeries(points, louder);
  const seen = own.minimumDetectableSlope ?? 0;
  expect(raised).toEqual({
    ...own,
    minimumDetectableSlope: expect.closeTo(2 + 3 * (seen - 2), 6),
  });
  const quieter = { budgetPerCycle: 2, idleNoise: own.noise / 2 };
  expect(judgeSeries(points, quieter).minimumDetectableSlope).toBe(seen);
});
