import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

const SCRIPT_PATH = '/sdk.js';
/** An icon of its own, or the browser asks for one. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">
<script src="${SCRIPT_PATH}"></script><body></body>`;

/** One empty page with one script, from this process: the measured browser serves nothing and fetches nothing else. */
export async function servePage(scriptFile: string): Promise<PageServer> {
  const script = readFileSync(scriptFile);
  const server = createServer((request, response) => {
    const [type, body] =
      request.url === SCRIPT_PATH ? ['text/javascript', script] : ['text/html', PAGE];
    // No cache: a page that is loaded again must not differ from the first by what it found stored.
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
