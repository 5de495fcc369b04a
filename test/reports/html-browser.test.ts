import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import report from '../../reports/html.ts';
import { launchChrome } from '../lib/chrome.ts';
import { everything, HOSTILE, hostileResult, plain } from './_results.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MEASURED = 'cell-join-leave-demo@1.0.0-inline-glibc';

describe('html in Chrome', () => {
  let browser: Browser;
  let missing: string | null = null;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-html-'));
    url = write('report', report.render(everything(), plain));
    // A Chrome that is missing is a failure in CI; elsewhere these tests are skipped, with the reason.
    try {
      browser = await launchChrome();
    } catch (error) {
      if (process.env.CI) throw error;
      missing = `no Chrome: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach((ctx) => {
    if (missing !== null) ctx.skip(missing);
    noise.length = 0;
  });

  const write = (name: string, page: string): string => {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, page);
    return pathToFileURL(file).href;
  };

  /** Everything a page should never do: speak on the console, throw, ask the network, open a dialog. */
  const noise: string[] = [];
  const open = async (address: string, look: Look = {}): Promise<Page> => {
    const page = await browser.newPage();
    page.on('console', (message) => noise.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(`error: ${String(error)}`));
    page.on('dialog', (dialog) => {
      noise.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) noise.push(`request: ${request.url()}`);
    });
    await page.setViewport({ width: look.width ?? 1100, height: 900 });
    const scheme = { name: 'prefers-color-scheme', value: look.scheme ?? 'light' };
    await page.emulateMediaFeatures([scheme]);
    await page.goto(address);
    return page;
  };

  test.each<Look>([{ scheme: 'light' }, { scheme: 'dark' }, { scheme: 'light', width: 380 }])(
    'axe finds nothing to complain about, nothing is wider than the window: %o',
    async (look) => {
      const page = await open(url, look);
      await page.evaluate(
        `for (const box of document.querySelectorAll('details')) box.open = true`,
      );
      await drawAll(page);
      await page.evaluate(AXE);
      const found = await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
      );
      expect(found).toEqual([]);
      expect(await page.evaluate(`document.documentElement.scrollWidth - innerWidth`)).toBe(0);
      expect(noise).toEqual([]);
      await page.close();
    },
  );

  test('what these tests watch for is seen when it is there', async () => {
    const bad = `<title>x</title><img src="http://127.0.0.1:9/x.png"><script>console.log('hello'); throw new Error('no')</script>`;
    const page = await open(write('bad', bad));
    await page.evaluate(AXE);
    const found = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id }) => id))`,
    );
    expect(found).toContain('image-alt');
    const wanted = ['console: hello', 'error: Error: no', 'request: http://127.0.0.1:9/x.png'];
    expect(noise).toEqual(expect.arrayContaining(wanted));
    await page.close();
  });

  test('draws every chart and stack that is looked at', async () => {
    const page = await open(url);
    await page.evaluate(`for (const box of document.querySelectorAll('details')) box.open = true`);
    await drawAll(page);
    const empty = await page.evaluate(`[...document.querySelectorAll('.chart, .plot')]
      .filter((box) => box.querySelector('canvas, svg') === null && box.ariaLabel.endsWith('no values') === false).length`);
    expect(empty).toBe(0);
    expect(noise).toEqual([]);
    await page.close();
  });

  test('a link opens, shows and focuses the metric, also by names and when the filter hides it', async () => {
    const cell = encodeURIComponent('join-leave/demo@1.0.0/inline/glibc');
    const page = await open(`${url}#cell=${cell}&metric=fds.socket`);
    const active = (): Promise<unknown> => page.evaluate(`document.activeElement.id`);
    expect(await active()).toBe(`${MEASURED}--fds.socket`);
    const shown = `document.activeElement.getBoundingClientRect()`;
    expect(await page.evaluate(`${shown}.height > 0 && Math.abs(${shown}.top) < innerHeight`)).toBe(
      true,
    );
    await page.type('#filter-text', 'demo@2.0.0');
    const hidden = `document.getElementById('${MEASURED}').hidden`;
    expect(await page.evaluate(hidden)).toBe(true);
    await page.evaluate(`location.hash = '#${MEASURED}--native.live'`);
    await page.waitForFunction(`document.activeElement.id === '${MEASURED}--native.live'`);
    await page.waitForFunction(`${hidden} === false`);
    await page.evaluate(`location.hash = '#cell=gone&metric=x'`);
    await page.waitForFunction(
      `document.getElementById('no-such').textContent === 'This report has no cell gone.'`,
    );
    expect(noise).toEqual([]);
    await page.close();
  });

  test('filters by words and by verdict, and says how many cells it shows', async () => {
    const page = await open(url);
    const said = (): Promise<unknown> =>
      page.evaluate(`document.getElementById('shown').textContent`);
    await page.type('#filter-text', 'glibc demo@3');
    expect(await said()).toBe('1 of 4 cells shown');
    await page.select('#filter-verdict', 'pass');
    expect(await said()).toBe('0 of 4 cells shown');
    await page.close();
  });

  test('the slider of the stack reads any cycle by keyboard', async () => {
    const page = await open(`${url}#${MEASURED}`);
    await drawAll(page);
    await page.focus(`#${MEASURED.replaceAll(/[@.]/g, '\\$&')} input[type=range]`);
    await page.keyboard.press('ArrowLeft');
    const text = await page.evaluate(`document.activeElement.getAttribute('aria-valuetext')`);
    expect(text).toBe(
      'cycle 39: resident 105 MiB = live 35.2 MiB + pinned 3 MiB + trimmable 1 MiB + code 30 MiB + other 2 MiB + unexplained 34 MiB',
    );
    await page.close();
  });

  test('on paper every chart is drawn and nothing that needs a mouse is left', async () => {
    const page = await open(url);
    await page.emulateMediaType('print');
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    const undrawn = `[...document.querySelectorAll('.chart, .plot')].filter((box) => box.clientWidth > 0
      && !box.ariaLabel.endsWith('no values') && box.querySelector('canvas, svg') === null).length`;
    expect(await page.evaluate(undrawn)).toBe(0);
    const controls = `[...document.querySelectorAll('input, select')].filter((box) => box.clientWidth > 0).length`;
    expect(await page.evaluate(controls)).toBe(0);
    await page.setViewport({ width: 718, height: 1000 });
    expect(await page.evaluate(`document.documentElement.scrollWidth - innerWidth`)).toBe(0);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    expect(noise).toEqual([]);
    await page.close();
  });

  test.each(Object.entries(HOSTILE))(
    'a hostile name runs nothing and is shown: %s',
    async (id, name) => {
      const page = await open(write(`hostile-${id}`, report.render(hostileResult(name), plain)));
      await drawAll(page);
      expect(noise).toEqual([]);
      const visible = name.match(/[A-Za-z]{3,20}/)?.[0] ?? 'b';
      expect(await page.evaluate(`document.title + document.body.innerText`)).toContain(visible);
      expect(await page.evaluate(`document.querySelectorAll('script').length`)).toBe(3);
      expect(await page.evaluate(`document.documentElement.scrollWidth - innerWidth`)).toBe(0);
      await page.close();
    },
  );
});

interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Charts are drawn when they come near the window: passes it over the whole page. */
async function drawAll(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
      scrollTo(0, y);
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    }
  })()`);
}
