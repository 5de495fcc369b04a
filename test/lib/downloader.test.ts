import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download, downloadText, makeFolder } from '../../harness/lib/downloader.ts';
import { temporaryFolder } from './_real-parts.ts';

const CONTENT = Buffer.alloc(300_000, 'tidemark');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/file.bin`;
}

async function tryDownload(listener: RequestListener, more = {}) {
  const folder = temporaryFolder();
  const file = join(folder, 'sub', 'file.bin');
  const url = await serve(listener);
  const { signal } = new AbortController();
  const failure = await download({ url, file, sha256: SHA256, signal, ...more }).then(
    () => null,
    (error: Error) => error.message.replace(url, 'URL'),
  );
  return { failure, left: readdirSync(join(folder, 'sub')), file };
}

describe('a download', () => {
  it('is there when it is whole and has the checksum', async () => {
    const { failure, left, file } = await tryDownload((_, response) => response.end(CONTENT));
    expect({ failure, left }).toEqual({ failure: null, left: ['file.bin'] });
    expect(readFileSync(file).equals(CONTENT)).toBe(true);
  });

  it('follows a redirect', async () => {
    const { failure } = await tryDownload((request, response) => {
      if (request.url === '/elsewhere') response.end(CONTENT);
      else response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(failure).toBeNull();
  });

  it('leaves nothing behind when the checksum is wrong', async () => {
    const { failure, left } = await tryDownload((_, response) => response.end('something else'));
    expect({ failure, left }).toEqual({
      failure: expect.stringMatching(/^cannot download URL: checksum is [0-9a-f]{64}, expected /),
      left: [],
    });
  });

  it('leaves nothing behind when the connection breaks', async () => {
    const { failure, left } = await tryDownload((_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 1000), () => response.destroy());
    });
    expect({ failure, left }).toEqual({
      failure: expect.stringMatching(/^cannot download URL: terminated/),
      left: [],
    });
  });

  it('says what the server answered', async () => {
    const { failure, left } = await tryDownload((_, response) => response.writeHead(404).end());
    expect({ failure, left }).toEqual({
      failure: 'cannot download URL: the server answered 404',
      left: [],
    });
  });

  it('gives up when nothing comes any more', async () => {
    const stall: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 1000));
    };
    const { failure, left } = await tryDownload(stall, { stallMs: 150 });
    expect({ failure, left }).toEqual({
      failure: 'cannot download URL: nothing was received for 150 ms',
      left: [],
    });
  });

  it('is not given up while bytes come slowly', async () => {
    const { failure } = await tryDownload(
      (_, response) => {
        let sent = 0;
        const timer = setInterval(() => {
          response.write(CONTENT.subarray(sent, sent + 60_000));
          sent += 60_000;
          if (sent < CONTENT.length) return;
          clearInterval(timer);
          response.end();
        }, 60);
      },
      { stallMs: 200 },
    );
    expect(failure).toBeNull();
  });

  it('ends with the reason of an abort', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('interrupted')), 50);
    const { failure } = await tryDownload(() => undefined, { signal: abort.signal });
    expect(failure).toBe('interrupted');
  });

  it('of a text has a limit', async () => {
    const { signal } = new AbortController();
    const url = await serve((_, response) => response.end(Buffer.alloc(2_000_000, 'x')));
    await expect(downloadText({ url, signal })).rejects.toThrow('larger than 1 MiB');
    await expect(downloadText({ url: 'http://127.0.0.1:9/', signal })).rejects.toThrow(
      'cannot download',
    );
  });
});

describe('a folder that is made at once', () => {
  it('is made by one of two that try', async () => {
    const folder = join(temporaryFolder(), 'made');
    const fill = (name: string) => async (temporary: string) => {
      await new Promise((wake) => setTimeout(wake, 30));
      writeFileSync(join(temporary, 'who'), name);
    };
    await Promise.all([makeFolder(folder, fill('a')), makeFolder(folder, fill('b'))]);
    expect(readFileSync(join(folder, 'who'), 'utf8')).toMatch(/^[ab]$/);
    expect(readdirSync(join(folder, '..'))).toEqual(['made']);
  });

  it('is not there when it could not be filled', async () => {
    const folder = join(temporaryFolder(), 'made');
    const failing = makeFolder(folder, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});
