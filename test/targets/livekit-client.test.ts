import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import { ensureChromium, findChromium } from '../../harness/targets/_chromium-install.ts';
import livekitClient from '../../harness/targets/livekit-client.ts';
import { inPrivateNetwork, realPart, requireNamespace, setupContext } from '../lib/_real-parts.ts';

describe('a livekit-client spec', () => {
  it.each([
    ['livekit-client@latest', "'latest' is not a version"],
    ['livekit-client@2.22', "'2.22' is not a version"],
    ['livekit-client@2.22.0+ffi1', "no variant 'ffi'"],
  ])('%s is refused with advice', (text, message) => {
    const check = (): void => livekitClient.check(parseTargetSpec(text), {});
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }));
  });

  it.each(['livekit-client', 'livekit-client@2.22.0', 'livekit-client@2.0.0-dev.1'])(
    '%s is accepted',
    (text) => {
      expect(() => livekitClient.check(parseTargetSpec(text), {})).not.toThrow();
    },
  );
});

describe('finding a Chromium', () => {
  it('says so when the variable names no program', () => {
    vi.stubEnv('CHROME_PATH', '/nowhere/chrome');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => findChromium('/nowhere')).toThrow(
      expect.objectContaining({
        message: 'CHROME_PATH names no program that can be run: /nowhere/chrome',
        hint: 'unset CHROME_PATH, or let it name a Chromium or Chrome',
      }),
    );
  });

  it('says what was tried when there is none and none can be fetched', async () => {
    // Nothing listens there: neither apt nor the vendor's installer gets out.
    for (const name of ['https_proxy', 'http_proxy', 'HTTPS_PROXY', 'HTTP_PROXY']) {
      vi.stubEnv(name, 'http://127.0.0.1:9');
    }
    onTestFinished(() => void vi.unstubAllEnvs());
    const ctx = setupContext();
    const empty = join(ctx.runDir, 'cache');
    mkdirSync(empty);
    const aptSettings = [
      '-o',
      'Dir::Etc::sourcelist=/dev/null',
      '-o',
      'Dir::Etc::sourceparts=/dev/null',
    ];
    const tried = ensureChromium({ ...ctx, cacheDir: empty }, { ignoreSystem: true, aptSettings });
    await expect(tried).rejects.toMatchObject({
      code: 'setup',
      message: expect.stringMatching(/^no Chromium: .+; puppeteer could not fetch Chrome: .+/),
      hint: 'install one (apt-get install chromium), or set CHROME_PATH to one',
    });
    expect(findChromium(empty, { ignoreSystem: true })).toBeNull();
  });
});

const SCRIPT = resolve(import.meta.dirname, '_pages.mjs');

/** Real server, real Chromium; each version of the SDK is installed once per machine. */
async function runPart(ctx: TestContext, part: string, ...versions: string[]): Promise<unknown> {
  const setup = setupContext();
  await realPart(ctx, async () => {
    await requireNamespace();
    await server.ensure(setup);
    for (const version of versions) {
      await livekitClient.ensure(parseTargetSpec(`livekit-client@${version}`), setup);
    }
  });
  return inPrivateNetwork(SCRIPT, [cacheDir(), setup.runDir, part]);
}

describe('livekit-client in a page', () => {
  it('leaves behind what its version is known to leave behind, exactly, and nothing in a page that is loaded again', async (ctx) => {
    const found = await runPart(ctx, 'row6', '2.22.0', '2.22.4', '2.23.0');
    // Six cycles each.
    expect(found).toEqual({
      '2.22.0 inline': { listeners: 30, audioContexts: 6, rooms: 6 },
      '2.22.4 inline': { listeners: 6, audioContexts: 6, rooms: 6 },
      '2.23.0 inline': { listeners: 6, audioContexts: 0, rooms: 6 },
      '2.22.0 reload': { listeners: 0, audioContexts: 0, rooms: 0 },
    });
  }, 240_000);

  it('ends as it is told, plays what another participant publishes, and keeps nothing of ours', async (ctx) => {
    const found = await runPart(ctx, 'media', '2.23.0');
    expect(found).toEqual({
      facts: {
        versions: { 'livekit-client': '2.23.0', chrome: expect.stringMatching(/^\d+\./) },
        launchCommand: expect.stringMatching(/^chromium --headless=new (?!.*user-data-dir)/),
        nativeBinaries: ['chromium'],
      },
      proof: {
        allocator: 'partition-alloc',
        evidence: expect.stringContaining('nothing replaces it'),
      },
      unread: 'a stream that is not read has no frames',
      elements: 0,
      own: 0,
      logged: 0,
      noSuchClass: 'NoSuch.prototype: ReferenceError: NoSuch is not defined',
    });
  }, 240_000);

  it('has a renderer per job under the executor process, and says when one is gone', async (ctx) => {
    const found = await runPart(ctx, 'ends', '2.23.0');
    expect(found).toEqual({
      whileJoined: [expect.any(Number), ['v8', 'v8', 'browser']],
      afterwards: [0, ['browser']],
      joinedTo: 'late',
      badUrl: expect.stringContaining('could not establish signal connection'),
      roles: ['browser', 'gpu', 'renderer', 'utility', 'zygote'],
      isRenderer: true,
      exit: { code: null, signal: 'SIGKILL', tail: 'the page is gone: its process killed' },
      alive: [],
    });
    expect((found as { whileJoined: [number] }).whileJoined[0]).toBeGreaterThanOrEqual(2);
  }, 240_000);
});
