import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type * as SelfTest from '../../harness/self-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-self-test-'));
const [outDir, cache] = [join(folder, 'runs'), join(folder, 'cache')];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GROWTH = '../../harness/analyze/rules/growth.ts';
const CALM = '../../harness/analyze/rules/calm.ts';
const SELF_TEST = '../../harness/self-test.ts';
afterEach(() => {
  for (const mocked of [GROWTH, CALM, SELF_TEST]) vi.doUnmock(mocked);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Measured once, by the first test: the rules that the others break look at stored runs. */
let measured: Promise<SelfTest.MeasuredControl[]> | undefined;

/** `tidemark doctor --self-test` with the whole harness loaded anew: a rule that a test has replaced is the one in use. */
async function selfTest() {
  vi.resetModules();
  vi.stubEnv('TIDEMARK_CACHE', cache);
  vi.doMock(SELF_TEST, async (original) => {
    const real = await original<typeof SelfTest>();
    const measureControls: typeof real.measureControls = (options) => {
      measured ??= real.measureControls({ ...options, outDir });
      return measured;
    };
    return { ...real, measureControls };
  });
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { doctor } = await import('../../harness/cli/doctor.ts');
  const code = await doctor({ selfTest: true });
  const lines = text.matchAll(/^(?:ok {2}|FAIL) (leak|fragment|idle): .*(?:\n {5}helps: .*)?/gm);
  const controls = Object.fromEntries([...lines].map(([said, mode = '']) => [mode, said]));
  return { code, controls, text };
}

describe('doctor --self-test', () => {
  it('passes with the detector as it is, and keeps the noise of this machine', {
    timeout: 120_000,
  }, async () => {
    const { code, controls, text } = await selfTest();
    expect(controls).toEqual({
      leak: expect.stringMatching(/^ok {3}leak: leak, as planted: /),
      fragment: expect.stringMatching(/^ok {3}fragment: fragmentation, as planted: /),
      idle: expect.stringMatching(/^ok {3}idle: (steady|warm-up), as planted: /),
    });
    expect(code).toBe(0);
    const said = text.slice(text.indexOf('idle noise of this machine:'));
    expect(said).toMatch(
      / sd [\d.]+ (B|KiB), 30 cycles could have seen \+[\d.]+ (KiB|MiB)\/cycle\n/,
    );
    const noise = JSON.parse(readFileSync(join(cache, 'idle-noise.json'), 'utf8'));
    expect(noise.deviations['memory.anonymous']).toBeGreaterThan(0);
    expect(noise.deviations['native.live'] ?? 0).toBeLessThan(16 * 1024);
  });

  it('fails when the rules that see live bytes and slack grow are broken, and says what that means', async () => {
    vi.doMock(GROWTH, async (original) => ({
      ...(await original<object>()),
      liveGrows: () => null,
    }));
    vi.doMock(CALM, async (original) => ({
      ...(await original<object>()),
      slackGrows: () => null,
    }));
    const { code, controls } = await selfTest();
    expect(controls).toEqual({
      leak: expect.stringMatching(
        /^FAIL leak: called .*, planted was leak: .*\n {5}helps: a pass says nothing on this machine/,
      ),
      fragment: expect.stringMatching(
        /^FAIL fragment: called .*, planted was fragmentation: .*\n {5}helps: what slack is called cannot be believed/,
      ),
      idle: expect.stringMatching(/^ok {3}idle: .*$/),
    });
    expect(code).toBe(4);
  });

  it('fails when a rule calls slack a leak', async () => {
    vi.doMock(GROWTH, async (original) => ({
      ...(await original<object>()),
      liveGrows: (scene: { own: { metrics: { role: string; trend: { shape: string } }[] } }) =>
        scene.own.metrics.some(({ role, trend }) => role === 'pinned' && trend.shape === 'growing')
          ? { says: 'mutant', leaking: ['native'], driver: 'cycles' }
          : null,
    }));
    const { code, controls } = await selfTest();
    expect(controls).toMatchObject({
      fragment: expect.stringMatching(
        /^FAIL fragment: called leak, planted was fragmentation: mutant\n {5}helps: what slack is/,
      ),
      idle: expect.stringMatching(/^ok {3}idle: .*$/),
    });
    expect(code).toBe(4);
  });
});
