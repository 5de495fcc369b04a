import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finished, ledgerOf, resultOf, tidemark } from './_tidemark.ts';

/** The pair that the project must get right, as short as a verdict allows; the long runs are `npm run soak`. */
describe('the same JavaScript with two native binaries', () => {
  let run: Finished;
  beforeAll(async () => {
    const targets = ['--target', 'rtc-node@1.1.0', '--target', 'rtc-node@1.1.0+ffi0.12.80'];
    run = await tidemark([
      'run',
      ...targets,
      '--allocator',
      'glibc',
      '--cycles',
      '25',
      '--idle-tail',
      '1s',
    ]);
  }, 600_000);

  it('is a leak with the one, by live bytes, and none with the other', () => {
    const [leaky, fixed] = resultOf(run).cells;
    expect(leaky?.classification).toMatchObject({ kind: 'leak', driver: 'cycles' });
    expect(leaky?.classification.leaking).toContain('native');
    const live = leaky?.metrics.find(({ id }) => id === 'native.live')?.trend.slopePerCycle ?? 0;
    expect(live / 1024 ** 2).toBeGreaterThan(0.36);
    expect(live / 1024 ** 2).toBeLessThan(0.44);
    expect(['steady', 'warm-up', 'retention', 'fragmentation', 'undecided']).toContain(
      fixed?.classification.kind,
    );
    expect(run.code).toBe(1);
  });

  it('names the objects of a session by their sizes, whole multiples per cycle', () => {
    const classes = resultOf(run).cells[0]?.sizeClasses ?? [];
    const multiples = Object.fromEntries(
      classes.map(({ sizeBytes, wholeMultiple }) => [sizeBytes, wholeMultiple]),
    );
    expect(multiples).toMatchObject({ 28976: 1, 18480: 1, 17424: 1, 6080: 7 });
  });

  it('records the native binary that was really loaded, and the proof of the allocator', () => {
    const [leaky, fixed] = resultOf(run).cells;
    expect([leaky?.facts?.versions, fixed?.facts?.versions]).toMatchObject([
      { 'rtc-node': '1.1.0', ffi: '0.12.73' },
      { 'rtc-node': '1.1.0', ffi: '0.12.80' },
    ]);
    expect(leaky?.facts?.nativeBinaries.length).toBeGreaterThan(0);
    expect(leaky?.proof).toMatchObject({
      allocator: 'glibc',
      evidence: expect.stringContaining('libc'),
    });
  });

  it('has samples at rest that could be trusted', async () => {
    const samples = (await ledgerOf(run)).filter(({ type }) => type === 'sample');
    expect(samples).toHaveLength(50);
    const qualities = resultOf(run).cells.map(({ quality }) => quality);
    for (const { exactWalks, consistentWalks, failedWalks } of qualities) {
      expect(failedWalks).toBe(0);
      expect(exactWalks + consistentWalks).toBeGreaterThanOrEqual(25);
    }
  });

  it('writes no key, no path of this machine and no host name into any file of the run', () => {
    const secrets = [homedir(), hostname(), process.cwd(), 'devkey'].filter(
      (text) => text.length > 4,
    );
    for (const name of readdirSync(run.runDir).filter((file) => !file.endsWith('.log'))) {
      const text = readFileSync(join(run.runDir, name), 'utf8');
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });
});
