// node test/bench/html-report.mjs [cells] [cycles]: how large the HTML report of a large run is, and how long Chromium takes
// until its load event, and until the first charts are drawn. Goal: 40 cells x 1,000 cycles under 5 MB and under 2 s.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import report from '../../dist/reports/html.js';

const [cells = 40, cycles = 1000] = process.argv.slice(2).map(Number);
const jiti = createJiti(import.meta.url);
const { manyCells } = await jiti.import('../reports/_results.ts');
const { launchChrome } = await jiti.import('../lib/chrome.ts');

const timed = (what) => {
  const began = performance.now();
  return [what(), Math.round(performance.now() - began)];
};
const [result, analyzeMs] = timed(() => manyCells({ cells, cycles }));
const [page, renderMs] = timed(() => report.render(result, { color: false, width: 100 }));
console.log(`${cells} cells x ${cycles} cycles: ${(Buffer.byteLength(page) / 1e6).toFixed(2)} MB`);
console.log(`made and analysed in ${analyzeMs} ms, rendered in ${renderMs} ms`);

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-html-'));
const file = join(folder, 'report.html');
writeFileSync(file, page);
const browser = await launchChrome();
try {
  for (let look = 1; look <= 5; look += 1) {
    const tab = await browser.newPage();
    const began = performance.now();
    await tab.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    const loadMs = Math.round(performance.now() - began);
    await tab.evaluate(() => document.querySelector('[data-chart]').scrollIntoView());
    await tab.waitForSelector('.uplot canvas');
    const drawnMs = Math.round(performance.now() - began);
    console.log(`open ${look}: load event after ${loadMs} ms, first chart after ${drawnMs} ms`);
    await tab.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
