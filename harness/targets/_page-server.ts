import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An icon of its own, or the browser asks for one. What the module exports is the page's only global. */
const pageOf = (name: string, path: string): string =>
  `<!doctype html><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">
<script type="module">import * as ${name} from '${path}'; globalThis.${name} = ${name};</script><body></body>`;

/** One empty page with one module, from this process: the measured browser serves nothing and fetches nothing else. */
export async function servePage(moduleFile: string, name: string): Promise<PageServer> {
  const module = readFileSync(moduleFile);
  // Under its own name: retaining paths end in it.
  const path = `/${basename(moduleFile)}`;
  const page = pageOf(name, path);
  const server = createServer((request, response) => {
    const [type, body] = request.url === path ? ['text/javascript', module] : ['text/html', page];
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
