import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import type { RunningService } from '../../harness/contracts/plugins.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { installRelease, PINNED_VERSION } from '../../harness/services/_livekit-install.ts';
import server from '../../harness/services/livekit-server.ts';
import { isAlive, realPart, setupContext, temporaryFolder } from '../lib/_real-parts.ts';

async function startServer(ctx: TestContext) {
  const setup = setupContext();
  await realPart(ctx, () => server.ensure(setup));
  const service = await server.start(setup);
  onTestFinished(() => service.stop());
  return { service, runDir: setup.runDir };
}

function roomsOf(service: RunningService) {
  if (service.rooms === undefined) throw new Error('no rooms');
  return service.rooms;
}

function serverPid(): number {
  const pid = processTree(process.pid).find((each) =>
    readFileSync(`/proc/${each}/comm`, 'utf8').startsWith('livekit-server'),
  );
  if (pid === undefined) throw new Error('no livekit-server runs');
  return pid;
}

describe('a livekit-server of its own', () => {
  it('makes, shows and removes rooms, keeps its keys out of the run, and stops', {
    timeout: 400_000,
  }, async (ctx) => {
    const { service, runDir } = await startServer(ctx);
    expect(service.facts).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      found: expect.stringMatching(/^(PATH|cache)$/),
    });
    const rooms = roomsOf(service);
    expect(rooms.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    const room = await rooms.create();
    expect(await rooms.participants(room)).toEqual([]);
    expect(await rooms.token(room, 'someone')).toMatch(/^eyJ/);
    await rooms.kick(room, 'nobody');
    await rooms.remove(room);
    await rooms.waitUntilGone(room);
    await rooms.remove(room);
    expect(await rooms.participants(room)).toBeNull();

    const pid = serverPid();
    const { LIVEKIT_API_KEY = '', LIVEKIT_API_SECRET = '' } = service.environment;
    expect(LIVEKIT_API_SECRET).toHaveLength(64);
    const kept = readdirSync(runDir).map((name) => readFileSync(join(runDir, name), 'utf8'));
    const open = [
      ...kept,
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      JSON.stringify(service.facts),
    ];
    expect(open.join().includes(LIVEKIT_API_SECRET)).toBe(false);
    expect(open.join().includes(LIVEKIT_API_KEY)).toBe(false);
    expect(readdirSync(runDir)).toEqual(['livekit-server.log']);

    await service.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await Promise.race([service.failed, 'stopped as asked'])).toBe('stopped as asked');
  });

  it('refuses a room nobody enters within the limit', async (ctx) => {
    const { service } = await startServer(ctx);
    const room = await roomsOf(service).create();
    await expect(roomsOf(service).waitForParticipant(room, 'ghost')).rejects.toThrow(
      'ghost was not seen in its room within 10 s',
    );
  });

  it('says when it dies although nobody stopped it', async (ctx) => {
    const { service } = await startServer(ctx);
    process.kill(serverPid(), 'SIGKILL');
    expect(await service.failed).toBe('it was killed by SIGKILL');
  });

  it('runs twice at the same time', async (ctx) => {
    const first = await startServer(ctx);
    const second = await startServer(ctx);
    expect(first.service.environment.LIVEKIT_URL).not.toBe(second.service.environment.LIVEKIT_URL);
  });
});

describe('a given livekit-server', () => {
  const give = (url: string, key: string, secret: string): void => {
    vi.stubEnv('LIVEKIT_URL', url);
    vi.stubEnv('LIVEKIT_API_KEY', key);
    vi.stubEnv('LIVEKIT_API_SECRET', secret);
    onTestFinished(() => void vi.unstubAllEnvs());
  };

  it('is used in place of an own one, and is not stopped', async (ctx) => {
    const { service } = await startServer(ctx);
    const { LIVEKIT_URL = '', LIVEKIT_API_KEY = '', LIVEKIT_API_SECRET = '' } = service.environment;
    give(LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET);
    const setup = setupContext(temporaryFolder());
    await server.ensure(setup);
    const given = await server.start(setup);
    expect(given.facts).toEqual({ version: 'unknown', found: 'LIVEKIT_URL' });
    const room = await roomsOf(given).create();
    await given.stop();
    expect(await roomsOf(service).participants(room)).toEqual([]);
  });

  it('is refused when the keys are wrong', async (ctx) => {
    const { service } = await startServer(ctx);
    give(service.environment.LIVEKIT_URL ?? '', 'other', 'a'.repeat(32));
    await expect(server.start(setupContext())).rejects.toMatchObject({
      code: 'service',
      message: expect.stringContaining('the server at LIVEKIT_URL does not answer: '),
    });
  });

  it('is refused without keys, before anything is fetched', async () => {
    give('ws://127.0.0.1:1', '', '');
    await expect(server.ensure(setupContext())).rejects.toMatchObject({
      code: 'usage',
      message: 'LIVEKIT_URL is set without LIVEKIT_API_KEY and _SECRET',
    });
  });

  it('is refused when nobody answers', async () => {
    give('ws://127.0.0.1:9', 'k', 's');
    await expect(server.start(setupContext())).rejects.toMatchObject({ code: 'service' });
  });
});

describe('the official release', () => {
  const archive = `livekit_${PINNED_VERSION}_linux_amd64.tar.gz`;

  async function release(makeSums: (sum: string) => string) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'livekit-server'), '#!/bin/sh\necho livekit-server version 0.0.0\n');
    writeFileSync(join(folder, 'LICENSE'), 'x');
    spawnSync('tar', ['-czf', 'a.tar.gz', 'livekit-server', 'LICENSE'], { cwd: folder });
    const bytes = readFileSync(join(folder, 'a.tar.gz'));
    const sums = makeSums(createHash('sha256').update(bytes).digest('hex'));
    const http = createServer((request, response) => {
      if (request.url === `/v${PINNED_VERSION}/checksums.txt`) response.end(sums);
      else if (request.url === `/v${PINNED_VERSION}/${archive}`) response.end(bytes);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void http.close());
    await once(http, 'listening');
    const address = http.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  it('is unpacked when its checksum is the listed one', async () => {
    const folder = join(temporaryFolder(), 'livekit-server', PINNED_VERSION);
    const url = await release((sum) => `${'0'.repeat(64)}  other.tar.gz\n${sum}  ${archive}\n`);
    await installRelease(folder, setupContext(), url);
    const ran = spawnSync(join(folder, 'livekit-server'), { encoding: 'utf8' });
    expect(ran.stdout).toBe('livekit-server version 0.0.0\n');
  });

  it('is thrown away when its checksum is another', async () => {
    const home = temporaryFolder();
    const url = await release(() => `${'0'.repeat(64)}  ${archive}\n`);
    await expect(installRelease(join(home, 'x'), setupContext(), url)).rejects.toThrow(
      'checksum is',
    );
    expect(readdirSync(home)).toEqual([]);
  });

  it('is not taken without a checksum', async () => {
    const url = await release((sum) => `${sum}  other.tar.gz\n`);
    await expect(installRelease(temporaryFolder(), setupContext(), url)).rejects.toThrow(
      `the release's checksums do not list ${archive}`,
    );
  });
});
