import { expect, it } from 'vitest';
import type { Report } from '../../harness/contracts/plugins.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import github from '../../reports/github.ts';
import html from '../../reports/html.ts';
import markdown from '../../reports/markdown.ts';
import terminal from '../../reports/terminal.ts';
import { type CellScript, flat, KiB, leak, MiB } from '../analyze/build-ledger.ts';
import { resultOf } from './_results.ts';

const REPORTS: [string, Report][] = [terminal, markdown, github, html].map((one) => [one.id, one]);

/** What a reader sees: without tags, escapes and the line breaks of a narrow page. */
const text = (report: Report, result: RunResult): string =>
  report
    .render(result, { color: false, width: 100 })
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('\\', '')
    .replaceAll('&#96;', '`')
    .replaceAll(/\s+/g, ' ');

const held = resultOf([
  {
    cell: { scenario: 'hold', pace: 'time' },
    cycles: 40,
    metrics: { 'native.live': leak(10 * MiB, 100 * KiB), 'memory.rss': flat(90 * MiB) },
  },
]);

it.each(REPORTS)('%s says the growth of a held call per minute', (id, report) => {
  const said = text(report, held);
  expect(said).toMatch(/5\.\d+ MiB(\/minute| per minute)/);
  expect(said).not.toMatch(/MiB(\/cycle| per cycle)/);
  if (id === 'html') expect(said).toMatch(/container lasts about [\d,]+ more minutes/);
});

it.each(REPORTS)('%s says what repeats of a held call do per minute too', (_, report) => {
  const metrics = { 'native.live': leak(10 * MiB, 100 * KiB) };
  const cell = { scenario: 'hold', pace: 'time' as const };
  const twice = resultOf(
    [1, 2].map((repeat) => ({ cell: { ...cell, repeat }, cycles: 40, metrics })),
  );
  expect(text(report, twice)).not.toMatch(/MiB(\/cycle| per cycle)/);
});

const climbed = resultOf(
  ['join', 'publish', 'subscribe'].map(
    (step): CellScript => ({
      cell: { scenario: 'call', step },
      cycles: 40,
      metrics: {
        'native.live': step === 'subscribe' ? leak(10 * MiB, 430 * KiB) : flat(10 * MiB),
      },
    }),
  ),
);

it.each(REPORTS)('%s says at which step growth begins, and tells the steps apart', (_, report) => {
  const said = text(report, climbed);
  expect(said).toContain('growth begins at `subscribe`: native live +0.4199 MiB per cycle');
  for (const step of ['join', 'publish', 'subscribe']) expect(said).toContain(`call[upTo=${step}]`);
});

it('says after how many cycles steps that may go on could be said to have ended', () => {
  const stairs = (k: number): number =>
    10 * MiB + 900 * KiB * [8, 22, 41].filter((at) => k >= at).length;
  const stepped = resultOf([{ cycles: 50, metrics: { 'native.live': stairs } }]);
  const said = text(terminal, stepped);
  const [, cycles] = /steps may go on, about (\d+) cycles would decide/.exec(said) ?? [];
  expect(Number(cycles)).toBeGreaterThan(60);
  expect(said).toContain(`next: what would decide: about ${cycles} cycles in all`);
});
