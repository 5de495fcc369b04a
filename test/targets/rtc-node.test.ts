import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import jemalloc from '../../harness/allocators/jemalloc.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import rtcNode from '../../harness/targets/rtc-node.ts';
import {
  inPrivateNetwork,
  realPart,
  requireNamespace,
  setupContext,
  temporaryFolder,
} from '../lib/_real-parts.ts';

describe('an rtc-node spec', () => {
  it.each([
    ['rtc-node@latest', "'latest' is not a version"],
    ['rtc-node@1.1', "'1.1' is not a version"],
    ['rtc-node@1.1.0+foo1', "no variant 'foo'"],
    ['rtc-node@1.1.0+ffi12', "'12' is not an FFI version"],
    ['rtc-node@0.13.20+ffi0.12.80', 'rtc-node 0.13.20 cannot take another FFI'],
    ['rtc-node@0.13.24+ffi0.12.80', 'rtc-node 0.13.24 cannot take another FFI'],
  ])('%s is refused with advice', (text, message) => {
    const check = (): void => rtcNode.check(parseTargetSpec(text), {});
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }));
  });

  it.each([
    'rtc-node',
    'rtc-node@1.1.0',
    'rtc-node@0.13.20',
    'rtc-node@0.13.25+ffi0.12.52-patch.0',
    'rtc-node@1.1.0+ffi0.12.80',
  ])('%s is accepted', (text) => {
    expect(() => rtcNode.check(parseTargetSpec(text), {})).not.toThrow();
  });
});

/** A registry on loopback that knows these versions of every package. */
async function serveRegistry(versions: readonly string[]): Promise<void> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const known = versions.map((version) => [version, { name, version, dist: {} }]);
    const latest = { latest: versions.at(-1) };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ name, 'dist-tags': latest, versions: Object.fromEntries(known) }),
    );
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${port}/`);
  vi.stubEnv('npm_config_cache', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('an rtc-node that is not installed', () => {
  it.each([
    ['rtc-node@1.0.5', '@livekit/rtc-node has no version 1.0.5'],
    ['rtc-node@1.0.0+ffi0.12.99', '@livekit/rtc-ffi-bindings-linux-x64-gnu has no version 0.12.99'],
  ])('and does not exist (%s) lists the nearest there are', async (text, message) => {
    await serveRegistry(['0.12.73', '0.12.80', '1.0.0', '1.1.0']);
    const setup = setupContext(temporaryFolder());
    await expect(rtcNode.ensure(parseTargetSpec(text), setup)).rejects.toMatchObject({
      code: 'usage',
      message,
      hint: 'the nearest there are: 0.12.73, 0.12.80, 1.0.0, 1.1.0',
    });
    expect(readdirSync(setup.cacheDir)).toEqual([]);
  });

  it('says how to install it', async () => {
    const setup = setupContext(temporaryFolder());
    const start = rtcNode.start({
      ...setup,
      spec: parseTargetSpec('rtc-node@1.1.0'),
      executor: 'inline',
      environment: {},
      logFile: join(setup.runDir, 'x.log'),
    });
    await expect(start).rejects.toMatchObject({ message: 'this rtc-node is not installed' });
  });
});

const FFI = { 'rtc-node@1.1.0': '0.12.73', 'rtc-node@1.1.0+ffi0.12.80': '0.12.80' };

/** The host and what it loads, without any network. */
describe('an rtc-node process', () => {
  for (const [text, ffi] of Object.entries(FFI)) {
    it(`of ${text} has loaded FFI ${ffi}`, { timeout: 120_000 }, async (ctx) => {
      const spec = parseTargetSpec(text);
      const setup = setupContext();
      await realPart(ctx, () => rtcNode.ensure(spec, setup));
      const target = await rtcNode.start({
        ...setup,
        spec,
        executor: 'inline',
        environment: {},
        logFile: join(setup.runDir, 'target.log'),
      });
      onTestFinished(() => target.stop());
      expect(await target.facts()).toEqual({
        versions: { 'rtc-node': '1.1.0', ffi, node: process.versions.node },
        launchCommand: expect.stringMatching(
          /^node --inspect=127\.0\.0\.1:0 <tidemark>\/harness\/targets\/_rtc-node-host\.js <cache>\/rtc-node\//,
        ),
        nativeBinaries: ['rtc-node.linux-x64-gnu.node'],
      });
    });
  }

  it('is refused when another FFI is loaded than was asked for', async (ctx) => {
    const right = parseTargetSpec('rtc-node@1.1.0');
    await realPart(ctx, () => rtcNode.ensure(right, setupContext()));
    const setup = setupContext(temporaryFolder());
    mkdirSync(join(setup.cacheDir, 'rtc-node'));
    symlinkSync(
      join(cacheDir(), 'rtc-node', '1.1.0'),
      join(setup.cacheDir, 'rtc-node', '1.1.0+ffi0.12.80'),
    );
    const start = rtcNode.start({
      ...setup,
      spec: parseTargetSpec('rtc-node@1.1.0+ffi0.12.80'),
      executor: 'inline',
      environment: {},
      logFile: join(setup.runDir, 'target.log'),
    });
    await expect(start).rejects.toThrow('FFI 0.12.73 was loaded, not 0.12.80');
  });
});

describe('rtc-node sessions', () => {
  for (const allocator of ['glibc', 'jemalloc'] as const) {
    it(`end in three ways, and fail at once when the target dies, under ${allocator}`, {
      timeout: 400_000,
    }, async (ctx) => {
      const setup = setupContext();
      const spec = parseTargetSpec('rtc-node@1.1.0+ffi0.12.80');
      await realPart(ctx, async () => {
        await requireNamespace();
        await server.ensure(setup);
        await rtcNode.ensure(spec, setup);
        const answer = await jemalloc.ensure(setup);
        if (answer.state === 'unavailable') throw new Error(answer.reason);
      });
      const script = resolve(import.meta.dirname, '_sessions.mjs');
      const args = [setup.cacheDir, setup.runDir, allocator, spec.text];
      expect(inPrivateNetwork(script, args)).toEqual({
        facts: expect.objectContaining({
          versions: { 'rtc-node': '1.1.0', ffi: '0.12.80', node: process.versions.node },
        }),
        proof: { allocator, evidence: expect.stringContaining('is mapped') },
        wrongAllocator: expect.stringContaining('is not proven: '),
        heap: { usedBytes: expect.any(Number), totalBytes: expect.any(Number) },
        descriptors: expect.any(Number),
        badUrl: expect.stringMatching(/connect|refused|signal|engine/i),
        seen: ['late'],
        ended: 'rtc-node was killed by SIGKILL',
        toldAtOnce: true,
        leave: 'rtc-node was killed by SIGKILL',
        exit: { code: null, signal: 'SIGKILL', tail: expect.any(String) },
        gone: true,
      });
      expect(readFileSync(join(setup.runDir, 'target.log'), 'utf8')).not.toContain('"level":20');
    });
  }
});
