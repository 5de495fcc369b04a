import type { ManagedRuntime } from '../contracts/runtimes.ts';
import type { TargetSession } from '../contracts/sessions.ts';
import { type BrowserPage, openPage } from './_browser-page.ts';
import type { BrowserProcess } from './_browser-process.ts';
import { type JoinRequest, joinInPage } from './_livekit-page.ts';

/** Where the jobs of a browser run: what an executor is, for pages. */
export interface PageHost {
  /** The pages there are now. */
  runtimes(): readonly ManagedRuntime[];
  busyWith(): string | null;
  join(request: JoinRequest): Promise<TargetSession>;
}

type MakeHost = (browser: BrowserProcess, url: string) => Promise<PageHost>;

const nothing = async (): Promise<void> => undefined;

const inline: MakeHost = async (browser, url) => {
  const page = await openPage(browser, url);
  return {
    runtimes: () => [page.runtime],
    busyWith: page.busyWith,
    join: (request) => joinInPage(page, request, nothing),
  };
};

/** The page is loaded again when the last of its participants has left. */
const reload: MakeHost = async (browser, url) => {
  const page = await openPage(browser, url);
  let sessions = 0;
  const onOver = async (): Promise<void> => {
    sessions -= 1;
    if (sessions === 0) await page.load();
  };
  return {
    runtimes: () => [page.runtime],
    busyWith: page.busyWith,
    async join(request) {
      sessions += 1;
      try {
        return await joinInPage(page, request, onOver);
      } catch (error) {
        await onOver();
        throw error;
      }
    },
  };
};

/** Contexts do not share processes: each page has a renderer of its own, which ends with it. */
const process: MakeHost = async (browser, url) => {
  const pages = new Set<BrowserPage>();
  return {
    runtimes: () => [...pages].map((page) => page.runtime),
    busyWith: () => [...pages].map((page) => page.busyWith()).find((what) => what !== null) ?? null,
    async join(request) {
      const page = await openPage(browser, url);
      pages.add(page);
      const onOver = async (): Promise<void> => {
        pages.delete(page);
        await page.close();
      };
      try {
        return await joinInPage(page, request, onOver);
      } catch (error) {
        await onOver();
        throw error;
      }
    },
  };
};

export const PAGE_HOSTS: Readonly<Record<string, MakeHost>> = { inline, process, reload };
