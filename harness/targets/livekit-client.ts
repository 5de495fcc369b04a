import { constants } from 'node:os';
import { TidemarkError } from '../contracts/errors.ts';
import type { RunningTarget, TargetExit } from '../contracts/plugins.ts';
import type { BrowserRuntime, Protocol } from '../contracts/runtimes.ts';
import { defineTarget } from '../define.ts';
import { type BrowserProcess, startBrowser } from './_browser-process.ts';
import { ensureChromium, findChromium } from './_chromium-install.ts';
import { launchCommand } from './_launch-command.ts';
import { installSdk, scriptOf, versionOf } from './_livekit-client-install.ts';
import { PAGE_HOSTS, type PageHost } from './_page-hosts.ts';
import { type PageServer, servePage } from './_page-server.ts';

/** `livekit-client` in a page of headless Chromium, which is measured as a process tree. */
export default defineTarget({
  id: 'livekit-client',
  title: 'LiveKit client in Chromium',
  capabilities: ['join', 'media'],
  executors: Object.keys(PAGE_HOSTS),
  allocators: ['partition-alloc'],
  secondsPerCycle: 1,

  check(spec) {
    versionOf(spec);
  },

  async ensure(spec, ctx) {
    await installSdk(versionOf(spec), ctx);
    await ensureChromium(ctx);
  },

  async start(ctx) {
    const version = versionOf(ctx.spec);
    const chromium = findChromium(ctx.cacheDir);
    if (chromium === null) {
      throw new TidemarkError('setup', 'no Chromium was found', { hint: 'tidemark setup' });
    }
    const makeHost = PAGE_HOSTS[ctx.executor] ?? PAGE_HOSTS.inline;
    const server = await servePage(scriptOf(version, ctx.cacheDir), 'LivekitClient');
    const stop: (() => Promise<void>)[] = [server.close];
    try {
      const environment = { ...ctx.environment, ...chromium.environment };
      const { executable } = chromium;
      const browser = await startBrowser({ executable, environment, logFile: ctx.logFile });
      stop.unshift(browser.stop);
      const exited = watch(browser);
      const host = await makeHost?.(browser, server.url);
      if (host === undefined) throw new TidemarkError('internal', `no executor ${ctx.executor}`);
      const versions = { 'livekit-client': version, ...(await browserVersion(browser.protocol)) };
      const command = launchCommand(browser.words);
      return running({ browser, server, host, exited, versions, command });
    } catch (error) {
      for (const end of stop) await end();
      throw error;
    }
  },
});

interface Parts {
  readonly browser: BrowserProcess;
  readonly server: PageServer;
  readonly host: PageHost;
  readonly exited: Promise<TargetExit>;
  readonly versions: Readonly<Record<string, string>>;
  readonly command: string;
}

function running(parts: Parts): RunningTarget {
  const { browser, server, host } = parts;
  const { pid } = browser.child;
  const whole: BrowserRuntime = {
    kind: 'browser',
    pid,
    protocol: browser.protocol,
    // Its pages collect theirs; what else a browser holds has no collector.
    collectGarbage: async () => undefined,
  };
  return {
    processes: [{ pid, role: 'browser' }],
    get runtimes() {
      return [...host.runtimes(), whole];
    },
    exited: parts.exited,
    facts: async () => ({
      versions: parts.versions,
      launchCommand: parts.command,
      nativeBinaries: ['chromium'],
    }),
    join: host.join,
    busyWith: host.busyWith,
    async stop() {
      await browser.stop();
      await server.close();
    },
  };
}

/** The browser's end, or that of a page: a renderer that dies takes the participant with it. */
function watch({ child, protocol }: BrowserProcess): Promise<TargetExit> {
  const crashed = new Promise<TargetExit>((resolve) => {
    protocol.on('Target.targetCrashed', (params) => {
      const { status, errorCode } = params as { status: string; errorCode: number };
      const signals = Object.entries(constants.signals);
      const signal = signals.find(([, number]) => number === errorCode)?.[0] ?? 'a crash';
      resolve({ code: null, signal, tail: `the page is gone: its process ${status}` });
    });
  });
  protocol.send('Target.setDiscoverTargets', { discover: true }).catch(() => undefined);
  return Promise.race([child.exited, crashed]);
}

async function browserVersion(protocol: Protocol): Promise<Record<string, string>> {
  const { product } = (await protocol.send('Browser.getVersion')) as { product: string };
  const [name = 'chromium', version = 'unknown'] = product.split('/');
  return { [name.toLowerCase()]: version };
}
