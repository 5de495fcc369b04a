import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'puppeteer';
import { TidemarkError } from '../contracts/errors.ts';
import type { Protocol } from '../contracts/runtimes.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { targetEnvironment } from '../lib/child-env.ts';
import { within } from '../lib/within.ts';

const READY_MS = 30_000;
const CLOSE_MS = 2000;

export interface BrowserProcess {
  readonly child: Child;
  readonly browser: Browser;
  /** The browser's own session: targets, tracing. */
  readonly protocol: Protocol;
  readonly words: readonly string[];
  stop(): Promise<void>;
}

/** Processes in reserve, and what starts by itself minutes later: a step in every count that is nobody's. */
const DISABLED = [
  'SpareRendererForSitePerProcess',
  'LogOnDeviceMetricsOnStartup',
  'OnDeviceModelFetchPerformanceClassEveryStartup',
  'OptimizationGuideOnDeviceModel',
  'OptimizationGuideModelExecution',
  'OptimizationHints',
  'Translate',
  'MediaRouter',
];

/**
 * Nothing that calls home, no windows of its own, no processes kept in reserve, fake devices that need no permission. A page that was left must be gone, not kept for "back".
 */
const FLAGS = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-startup-window',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-component-extensions-with-background-pages',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
  '--disable-back-forward-cache',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  `--disable-features=${DISABLED.join(',')}`,
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--mute-audio',
  '--password-store=basic',
];

/** What every Chromium says on a machine without a desktop. */
const CHATTER = /:ERROR:dbus|DevTools listening on|^$/;

export interface BrowserOptions {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/**
 * Started as every other target is, so that it dies with the harness; puppeteer only connects. No page object of
 * puppeteer is ever made: one enables `Runtime`, `Network`, `Log` and more, and then the page keeps what it logs and
 * what it loaded.
 */
export async function startBrowser(options: BrowserOptions): Promise<BrowserProcess> {
  const profile = mkdtempSync(join(tmpdir(), 'tidemark-browser-'));
  // Chromium refuses to run as root in its sandbox.
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...FLAGS, ...root, `--user-data-dir=${profile}`];
  let found: (address: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    found = resolve;
  });
  const child = await startChild({
    command: options.executable,
    args,
    env: targetEnvironment(options.environment),
    logFile: options.logFile,
    ignore: CHATTER,
    onLine: (line) => {
      const match = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (match !== undefined) found(match);
    },
  });
  const clean = async (graceMs?: number): Promise<void> => {
    await child.stop(graceMs);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const died = child.exited.then((exit): never => {
      throw new TidemarkError('target', `the browser ${describeExit(exit)}`);
    });
    died.catch(() => undefined);
    const late = () => new TidemarkError('target', `no browser after ${READY_MS / 1000} s`);
    const connected = address.then((url) => connect(url));
    const { browser, session } = await within(Promise.race([connected, died]), READY_MS, late);
    return {
      child,
      browser,
      protocol: protocolOf(session),
      words: ['chromium', ...args.slice(0, -1)],
      async stop() {
        await closeBrowser(browser, session);
        await clean();
      },
    };
  } catch (error) {
    await clean(0);
    throw error;
  }
}

async function connect(url: string): Promise<{ browser: Browser; session: CDPSession }> {
  // Late: only cells with a browser pay for loading it.
  const { default: puppeteer } = await import('puppeteer');
  const browser = await puppeteer.connect({
    browserWSEndpoint: url,
    defaultViewport: null,
    protocolTimeout: 0,
  });
  return { browser, session: await browser.target().createCDPSession() };
}

/** An orderly end first: the processes of a browser that is killed are found one by one. */
async function closeBrowser(browser: Browser, session: CDPSession): Promise<void> {
  const closed = session.send('Browser.close').catch(() => undefined);
  await within(closed, CLOSE_MS, () => new Error('late')).catch(() => undefined);
  await browser.disconnect();
}

/** Methods and events are named by text: the harness asks for what no list of types has yet. */
export function protocolOf(session: CDPSession): Protocol {
  const untyped = session as unknown as {
    send(method: string, params?: object): Promise<unknown>;
    on(event: string, listener: (params: unknown) => void): unknown;
    off(event: string, listener: (params: unknown) => void): unknown;
  };
  return {
    send: (method, params) => untyped.send(method, params),
    on(event, listener) {
      untyped.on(event, listener);
      return () => void untyped.off(event, listener);
    },
  };
}
