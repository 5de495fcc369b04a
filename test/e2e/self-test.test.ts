import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ControlResult } from '../../harness/self-test.ts';

let outDir = '';
beforeEach(() => {
  outDir = mkdtempSync(join(tmpdir(), 'tidemark-self-test-'));
  vi.resetModules();
});
afterEach(() => {
  vi.doUnmock('../../harness/analyze/rules/growth.ts');
  vi.doUnmock('../../harness/analyze/rules/calm.ts');
  rmSync(outDir, { recursive: true, force: true });
});

/** Loads the whole harness anew, so that a rule that a test has replaced is the one in use. */
async function selfTest(): Promise<ControlResult[]> {
  const { runSelfTest } = await import('../../harness/self-test.ts');
  const { loadRegistry } = await import('../../harness/registry.ts');
  const { signal } = new AbortController();
  const registry = await loadRegistry();
  return runSelfTest({ registry, version: '0', outDir, log: () => undefined, signal });
}

const passes = (results: readonly ControlResult[]): Record<string, boolean> =>
  Object.fromEntries(results.map(({ control, passes: ok }) => [control.mode, ok]));

describe('doctor --self-test', () => {
  it('passes with the detector as it is, and measures the noise of this machine', async () => {
    const results = await selfTest();
    expect(passes(results)).toEqual({ leak: true, fragment: true, idle: true });
    const idle = results.find(({ control }) => control.mode === 'idle')?.analysis;
    const live = idle?.metrics.find(({ id }) => id === 'native.live')?.trend;
    expect(live?.noise).toBeLessThan(16 * 1024);
    expect(live?.minimumDetectableSlope).toBeGreaterThan(0);
  });

  it('fails when the rules that see live bytes and slack grow are broken, and says what that means', async () => {
    vi.doMock('../../harness/analyze/rules/growth.ts', async (original) => ({
      ...(await original<object>()),
      liveGrows: () => null,
    }));
    vi.doMock('../../harness/analyze/rules/calm.ts', async (original) => ({
      ...(await original<object>()),
      slackGrows: () => null,
    }));
    const results = await selfTest();
    expect(passes(results)).toEqual({ leak: false, fragment: false, idle: true });
    expect(results.map(({ helps }) => helps)).toEqual([
      expect.stringContaining('a pass says nothing on this machine'),
      expect.stringContaining('cannot be believed'),
      null,
    ]);
  });

  it('fails when a rule calls slack a leak', async () => {
    vi.doMock('../../harness/analyze/rules/growth.ts', async (original) => ({
      ...(await original<object>()),
      liveGrows: (scene: { own: { metrics: { role: string; trend: { shape: string } }[] } }) =>
        scene.own.metrics.some(({ role, trend }) => role === 'pinned' && trend.shape === 'growing')
          ? { says: 'mutant', leaking: ['native'], driver: 'cycles' }
          : null,
    }));
    expect(passes(await selfTest())).toMatchObject({ fragment: false, idle: true });
  });
});
