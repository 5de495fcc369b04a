import type { BrowserContext } from 'puppeteer';
import { TidemarkError } from '../contracts/errors.ts';
import type { Protocol, V8Runtime } from '../contracts/runtimes.ts';
import { sleep } from '../lib/sleep.ts';
import { type BrowserProcess, protocolOf } from './_browser-process.ts';

/** An object in the page that only the protocol holds; it is let go with its group. */
export interface Handle {
  readonly objectId: string;
}

export interface BrowserPage {
  readonly runtime: V8Runtime;
  /**
   * Calls a function of the page, given as text, with `this` an object of the page (default: its global one), and waits
   * for what it promises. The result stays in the page, as a handle of that group.
   */
  call(code: string, options: CallOptions): Promise<Handle>;
  release(group: string): Promise<void>;
  load(): Promise<void>;
  close(): Promise<void>;
  /** What the page was asked and has not answered; null when nothing. */
  busyWith(): string | null;
}

export interface CallOptions {
  /** What is asked, for the message about a page that hangs. */
  readonly ask: string;
  readonly group: string;
  readonly on?: Handle;
  readonly with?: readonly unknown[];
}

interface Answer {
  readonly result: { readonly objectId?: string; readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

const LOADED = `new Promise((done) => {
  if (document.readyState === 'complete') done();
  else addEventListener('load', () => done(), { once: true });
})`;
/** Between two collections: finalizers run as tasks of their own, and free what the second one then finds. */
const FINALIZER_MS = 20;
const OWN = 'tidemark';

/** A page in a browser context of its own, reached without enabling any domain that keeps objects. */
export async function openPage(browser: BrowserProcess, url: string): Promise<BrowserPage> {
  const context = await browser.browser.createBrowserContext();
  try {
    const before = await renderers(browser.protocol);
    await browser.protocol.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId: context.id,
    });
    const target = await context.waitForTarget((each) => each.type() === 'page');
    const protocol = protocolOf(await target.createCDPSession());
    await load(protocol, url);
    const after = await renderers(browser.protocol);
    const pid = after.find((each) => !before.includes(each)) ?? browser.child.pid;
    return pageOver({ context, protocol, url, pid });
  } catch (error) {
    await context.close().catch(() => undefined);
    throw error;
  }
}

/** Renderers of pages; a browser window has some of its own. */
async function renderers(protocol: Protocol): Promise<number[]> {
  const { processInfo } = (await protocol.send('SystemInfo.getProcessInfo')) as {
    processInfo: readonly { type: string; id: number }[];
  };
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** `Page.navigate` answers when the new document is there. */
async function load(protocol: Protocol, url: string): Promise<void> {
  const { errorText } = (await protocol.send('Page.navigate', { url })) as { errorText?: string };
  if (errorText !== undefined) {
    throw new TidemarkError('target', `the page was not loaded: ${errorText}`);
  }
  await loaded(protocol);
}

const loaded = async (protocol: Protocol): Promise<void> =>
  void (await protocol.send('Runtime.evaluate', { expression: LOADED, awaitPromise: true }));

interface PageParts {
  readonly context: BrowserContext;
  readonly protocol: Protocol;
  readonly url: string;
  readonly pid: number;
}

function pageOver({ context, protocol, url, pid }: PageParts): BrowserPage {
  const globalObject = async (): Promise<Handle> => {
    const params = { expression: 'globalThis', objectGroup: OWN };
    return handleOf((await protocol.send('Runtime.evaluate', params)) as Answer);
  };
  const asked = new Set<string>();
  const release = async (objectGroup: string): Promise<void> =>
    void (await protocol.send('Runtime.releaseObjectGroup', { objectGroup }));
  return {
    runtime: pageRuntime(pid, protocol),
    release,
    async call(code, { ask, group, on, with: values = [] }) {
      asked.add(ask);
      try {
        const { objectId } = on ?? (await globalObject());
        const answer = await protocol.send('Runtime.callFunctionOn', {
          functionDeclaration: code,
          objectId,
          arguments: values.map((value) => ({ value })),
          objectGroup: group,
          awaitPromise: true,
        });
        if (on === undefined) await release(OWN);
        return handleOf(answer as Answer);
      } finally {
        asked.delete(ask);
      }
    },
    busyWith: () => ([...asked].length === 0 ? null : `the page did not ${[...asked].join(', ')}`),
    load: () => load(protocol, url),
    close: () => context.close(),
  };
}

function handleOf({ result, exceptionDetails }: Answer): Handle {
  if (exceptionDetails === undefined) return { objectId: result.objectId ?? '' };
  const { text, exception } = exceptionDetails;
  const said = exception?.description?.split('\n')[0] ?? text;
  throw new TidemarkError('target', said);
}

function pageRuntime(pid: number, protocol: Protocol): V8Runtime {
  return {
    kind: 'v8',
    isPage: true,
    pid,
    protocol,
    async collectGarbage() {
      // What a page logs is kept for a console, enabled or not, that nobody reads here.
      await protocol.send('Runtime.discardConsoleEntries');
      await protocol.send('HeapProfiler.collectGarbage');
      await sleep(FINALIZER_MS);
      await protocol.send('HeapProfiler.collectGarbage');
    },
    async heapUsage() {
      const usage = (await protocol.send('Runtime.getHeapUsage')) as {
        usedSize: number;
        totalSize: number;
      };
      return { usedBytes: Math.round(usage.usedSize), totalBytes: Math.round(usage.totalSize) };
    },
  };
}
