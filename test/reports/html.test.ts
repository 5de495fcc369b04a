import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../harness/contracts/result.ts';
import type { PageData } from '../../reports/_html-chart-data.ts';
import { headroom } from '../../reports/_html-headroom.ts';
import report from '../../reports/html.ts';
import { flat } from '../analyze/build-ledger.ts';
import {
  calm,
  everything,
  HOSTILE,
  hostileResult,
  leaking,
  manyCells,
  open,
  plain,
  resultOf,
} from './_results.ts';

const VOID = new Set(['meta', 'br', 'input', 'link', 'img', 'wbr']);
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[\w-]+(?:="[^"<>]*")?)*)\s*>/g;
const SCRIPTS = /<script[^>]*>([\s\S]*?)<\/script>/g;

const render = (result: RunResult): string => report.render(result, plain);
/** The page without what scripts and styles hold. */
const bodyOf = (page: string): string =>
  page.replace(SCRIPTS, '').replace(/<style>[\s\S]*?<\/style>/g, '');
const scriptsOf = (page: string): string[] => [...page.matchAll(SCRIPTS)].map((m) => m[1] ?? '');
const dataOf = (page: string): PageData => JSON.parse(scriptsOf(page)[0] ?? '');
const chartsOf = (page: string): PageData['charts'] => dataOf(page).charts;
const attribute = (page: string, name: string): string[] =>
  [...bodyOf(page).matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map((m) => m[1] ?? '');

/** What does not close, what closes something else, and every `<` or quote that is no markup of ours. */
function markupProblems(page: string): string[] {
  const body = bodyOf(page).replace('<!doctype html>', '');
  const problems: string[] = [];
  const stack: string[] = [];
  for (const [, closing, tag = ''] of body.matchAll(TAG)) {
    if (VOID.has(tag)) continue;
    if (closing === '') stack.push(tag);
    else if (stack.pop() !== tag) problems.push(`</${tag}> closes something else`);
  }
  const rest = body.replace(TAG, '');
  if (rest.includes('<')) problems.push(rest.slice(rest.indexOf('<'), rest.indexOf('<') + 60));
  return [...problems, ...stack];
}

const tagsOf = (page: string): string[] =>
  [...new Set([...bodyOf(page).matchAll(TAG)].map((m) => m[2] ?? ''))].sort();

describe('html', () => {
  test('is whole markup, verdict first', () => {
    const page = render(everything());
    expect(markupProblems(page)).toEqual([]);
    expect(page).toContain('<h1>Fail</h1>');
    expect(page.indexOf('<h1>Fail</h1>')).toBeLessThan(page.indexOf('<table'));
  });

  test('asks no network for anything and lets no script run but its own two', () => {
    const page = render(everything());
    expect(bodyOf(page)).not.toMatch(
      /\b(src|srcset|action|data|poster)=|url\(|@import|<link|<base/,
    );
    expect(attribute(page, 'href').filter((href) => !href.startsWith('#'))).toEqual([]);
    expect(page).toMatch(
      /default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+'; base-uri 'none'/,
    );
    expect(scriptsOf(page)).toHaveLength(3);
  });

  test('its scripts are scripts', () => {
    const [data = '', library = '', own = ''] = scriptsOf(render(everything()));
    expect(Object.keys(JSON.parse(data))).toEqual(['charts', 'stacks']);
    expect(new Script(library)).toBeInstanceOf(Script);
    expect(new Script(own)).toBeInstanceOf(Script);
  });

  test('every link inside leads somewhere, no id is there twice', () => {
    const page = render(everything());
    const ids = attribute(page, 'id');
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    const wanted = [
      ...attribute(page, 'href').map((href) => href.slice(1)),
      ...attribute(page, 'aria-labelledby'),
      ...attribute(page, 'for'),
    ];
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids).toContain('cell-join-leave-demo@1.0.0-inline-glibc');
  });

  test('headings go down one level at a time', () => {
    const levels = [...bodyOf(render(everything())).matchAll(/<h(\d)/g)].map((m) => Number(m[1]));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, i) => level > (levels[i - 1] ?? 1) + 1)).toEqual([]);
  });

  test('every chart is told in words and as a table too', () => {
    const page = render(resultOf([leaking]));
    const figures = bodyOf(page).match(/<figure id=[\s\S]*?<\/figure>/g) ?? [];
    expect(figures).toHaveLength(chartsOf(page).filter(({ x }) => x === 'cycle').length);
    const silent = figures.filter(
      (figure) =>
        !/role="img" aria-label="Chart of .+"/.test(figure) || !figure.includes('<table>'),
    );
    expect(silent).toEqual([]);
    expect(attribute(page, 'aria-label')).toContain(
      'Chart of native live by cycle: 20.4 MiB in cycle 1, 35.6 MiB in cycle 40; lowest 20.4 MiB, highest 35.6 MiB; slope +0.3906 MiB/cycle [0.3906, 0.3906] from cycle 1 to 40',
    );
  });

  test('the fit lies on the series it was fitted to', () => {
    const chart = chartsOf(render(resultOf([leaking])))[0];
    expect(chart).toMatchObject({ c: expect.any(Array), fit: expect.any(Array) });
    const [at = 0, slope = 0] = chart?.fit ?? [];
    const ends = [1, 40].map((cycle) => at + slope * (cycle - 20.5));
    expect(ends[0]).toBeCloseTo(20 * 1024 ** 2 + 400 * 1024, -3);
    expect(ends[1]).toBeCloseTo(20 * 1024 ** 2 + 40 * 400 * 1024, -3);
  });

  test('says where the memory is, what grows, the idle tail and the machine', () => {
    const text = bodyOf(render(resultOf([leaking]))).replace(/<[^>]+>/g, ' ');
    const said = [
      'Where the memory is',
      'live: handed out, not freed',
      '28,976 B',
      'After the last cycle, 6 s with nothing done',
      'kernel',
      'Run it again',
      'anything beyond cycle 40',
    ];
    expect(said.filter((words) => !text.includes(words))).toEqual([]);
  });

  test('the banner has one line for all repeats of a cell', () => {
    const again = [1, 2, 3].map((repeat) => ({ ...leaking, cell: { repeat } }));
    const page = render(resultOf(again));
    const banner = page.slice(page.indexOf('<div class="verdict'), page.indexOf('</header>'));
    expect(banner.match(/<li>/g)).toHaveLength(1);
    expect(banner).toContain('(the worst of 3 repeats)');
  });

  test('a cell that is open says what would decide, one that died says where', () => {
    const text = bodyOf(render(everything())).replace(/<[^>]+>/g, '');
    expect(text).toMatch(/What would decide: about \d+ cycles in all/);
    expect(text).toContain('Failed: target-died in cycle 4: signal SIGKILL');
    expect(text).toContain('jemalloc was not found (try: apt-get install libjemalloc2)');
  });

  test.each(Object.entries(HOSTILE))('a hostile name shows as text: %s', (_, name) => {
    const page = render(hostileResult(name));
    const harmless = render(hostileResult('harmless'));
    expect(markupProblems(page)).toEqual([]);
    expect(tagsOf(page)).toEqual(tagsOf(harmless));
    expect(scriptsOf(page)).toHaveLength(3);
    expect(bodyOf(page).replace(/"[^"]*"/g, '')).not.toMatch(/<[^>]*\son\w+\s*=/);
    const ids = attribute(page, 'id');
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    // Nothing but line breaks below the space, and nothing that turns the direction of text.
    const allowed = new Set(['\n']);
    const odd = [...bodyOf(page)].filter(
      (c) => !allowed.has(c) && /[\p{Cc}\p{Bidi_Control}]/u.test(c),
    );
    expect(odd).toEqual([]);
  });

  test('has no secrets', () => {
    const result = resultOf([calm]);
    const cells = result.cells.map((cell) => ({
      ...cell,
      facts: {
        versions: {},
        launchCommand: 'bot --token abcdef ws://user:hunter2@host LIVEKIT_API_SECRET=s3cr3t',
        nativeBinaries: [],
      },
    }));
    expect(render({ ...result, cells })).not.toMatch(/hunter2|s3cr3t|abcdef/);
  });

  test('a run that measured nothing has a report too', () => {
    const result = resultOf([], { skipped: [] });
    expect(markupProblems(render(result))).toEqual([]);
  });
});

describe('headroom', () => {
  const said = (result: RunResult): string | null => {
    const [cell] = result.cells;
    return cell === undefined ? null : headroom(cell);
  };

  test('says how long a container lasts at the slope', () => {
    expect(said(resultOf([leaking]))).toBe(
      'At the slope of native live a 512 MB container lasts about 1,000 more cycles: 106 MiB resident after cycle 40.',
    );
  });

  test('says nothing where no bytes grow, or where it is not known', () => {
    expect([said(resultOf([calm])), said(resultOf([open]))]).toEqual([null, null]);
  });
});

describe('what is drawn', () => {
  test('the stack has every sample, each list as long as the cycles, in KiB', () => {
    const [stack] = dataOf(render(resultOf([leaking]))).stacks;
    expect(stack?.c).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(stack?.parts.map(({ name, v }) => [name, v.length, v[0]])).toEqual([
      ['live', 40, 20 * 1024 + 400],
      ['pinned', 40, 3 * 1024],
      ['trimmable', 40, 1024],
      ['code', 40, 30 * 1024],
      ['other', 40, 2 * 1024],
      ['unexplained', 40, 34 * 1024],
    ]);
  });

  test('checkpoints are marked where they were read, an idle tail is a curve of seconds', () => {
    const charts = chartsOf(render(resultOf([leaking])));
    const [live] = charts;
    expect(live?.marks.map(([cycle, , name]) => [cycle, name])).toEqual([[40, 'left+idle']]);
    const [tail] = charts.filter(({ x }) => x === 'second');
    expect(tail).toMatchObject({ c: [0, 1, 2, 3, 4, 5, 6], fit: null, budget: null, unit: 'MiB' });
  });

  test('every metric has a place of its own to link to', () => {
    const page = render(resultOf([leaking, calm]));
    expect(attribute(page, 'id')).toContain('cell-join-leave-demo@2.0.0-inline-glibc--native.live');
    expect(attribute(page, 'data-metric')).toContain('threads.capture');
  });

  test('a level count takes two points', () => {
    const page = render(resultOf([{ cycles: 40, metrics: { 'threads.total': flat(20) } }]));
    expect(chartsOf(page)[0]).toMatchObject({ c: [1, 40], v: [20, 20] });
  });

  test('40 cells of 1,000 cycles stay under 5 MB', () => {
    const page = render(manyCells({ cells: 40, cycles: 1000 }));
    expect(chartsOf(page).length).toBeGreaterThan(700);
    expect(dataOf(page).stacks).toHaveLength(40);
    expect(Buffer.byteLength(page)).toBeLessThan(5e6);
  });
});
