import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lookSchedule } from '../../harness/explain/schedule.ts';
import growingObjects from '../../harness/explainers/growing-objects.ts';
import { openPage } from '../../harness/targets/_browser-page.ts';
import { startBrowser } from '../../harness/targets/_browser-process.ts';
import { ensureChromium } from '../../harness/targets/_chromium-install.ts';
import { realPart, setupContext, temporaryFolder } from '../lib/_real-parts.ts';
import { contextFor } from './_planted.ts';

/** A panel that is taken out of the page and remembered; another is taken out and forgotten. */
const PAGE = `data:text/html,<body><script>
class Panels { closed = []; }
const panels = new Panels();
function openAndClose(keep) {
  const panel = document.createElement('section');
  panel.append(document.createElement('video'));
  document.body.append(panel);
  panel.remove();
  if (keep) panels.closed.push(panel);
}
</script></body>`;

it('A page that remembers what it took out of its document is told with the owner, and nothing else', async (ctx) => {
  const { executable, environment } = await realPart(ctx, () => ensureChromium(setupContext()));
  const cellDir = temporaryFolder();
  const browser = await startBrowser({
    executable,
    environment,
    logFile: join(cellDir, 'browser.log'),
  });
  onTestFinished(() => browser.stop());
  const page = await openPage(browser, PAGE.replaceAll('\n', ' '));
  const { runtime } = page;
  const work = await growingObjects.start(contextFor(cellDir, [runtime]));
  const looks = lookSchedule();
  for (let cycle = 1; cycle <= (looks.at(-1)?.cycle ?? 0); cycle += 1) {
    const expression = 'openAndClose(true); openAndClose(false)';
    await runtime.protocol.send('Runtime.evaluate', { expression });
    for (const { kind } of looks.filter((look) => look.cycle === cycle)) {
      await runtime.collectGarbage();
      await work.look({ cycle, kind, runtimes: [runtime], processes: [] });
    }
  }
  const { findings, problems } = await work.conclude();
  expect(problems).toEqual([]);
  const told = findings.filter(({ state }) => state !== 'bounded so far');
  expect(told.map(({ state, countPerCycle, trace }) => [state, countPerCycle, trace[0]])).toEqual([
    [
      'growing',
      1,
      expect.stringMatching(/^Panels\.closed -> Array \[\] => .*(<section>|HTMLElement)/),
    ],
  ]);
}, 120_000);
