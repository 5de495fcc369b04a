import type { DisplayBreakdown } from '../harness/contracts/display.ts';
import type { CellAnalysis, SizeClassGrowth } from '../harness/contracts/result.ts';
import { formatAmount, grouped } from '../harness/lib/format.ts';
import type { StackData } from './_html-chart-data.ts';
import { table } from './_html-parts.ts';
import { type Html, html, name, nothing, shortName } from './_html-tag.ts';

const WORDS: Readonly<Record<string, string>> = {
  live: 'live: handed out, not freed',
  pinned: 'pinned: free, on a page that also holds live bytes',
  trimmable: 'trimmable: whole free pages',
  allocator: 'what the allocator itself needs',
  malloc: 'malloc: live and free, not told apart here',
  managed: 'managed heap (V8)',
  stacks: 'stacks of threads',
  code: 'code',
  files: 'data of mapped files',
  shared: 'shared memory',
  other: 'other mappings',
  unexplained: 'unexplained (below zero: parts overlap)',
};

/** Gives a stack its place in the data of the page. */
export type AddStack = (stack: StackData) => number;

/** Where the resident memory is, stacked over all cycles, and three looks of the same as a table. */
export function memoryStack({ breakdown, display }: CellAnalysis, addStack: AddStack): Html {
  if (breakdown.length === 0) return nothing;
  const found = [...new Set(breakdown.flatMap(({ parts }) => Object.keys(parts)))];
  const parts = found.filter((part) => breakdown.some((look) => (look.parts[part] ?? 0) !== 0));
  const rows = [
    ['resident', ...breakdown.map(({ resident }) => formatAmount(resident, 'bytes'))],
    ...parts.map((part) => [
      html`${swatch(part)}${WORDS[part] ?? name(part)}`,
      ...breakdown.map((look) => formatAmount(look.parts[part] ?? 0, 'bytes')),
    ]),
  ];
  return html`<h4>Where the memory is</h4>${display.breakdown === null ? nothing : stack(display.breakdown, addStack)}${table(
    {
      caption: 'Resident memory by use.',
      header: ['part', ...breakdown.map(({ cycle }) => `cycle ${cycle}`)],
      rows,
      numbers: breakdown.map((_, i) => i + 1),
    },
  )}`;
}

/** Drawn by the script; a slider under it reads any cycle, by mouse, finger or keyboard. */
function stack(series: DisplayBreakdown, addStack: AddStack): Html {
  const { cycles, resident, parts } = series;
  const place = addStack({
    c: cycles,
    resident: resident.map(toKiB),
    parts: Object.entries(parts).map(([part, bytes]) => ({
      name: shortName(part),
      className: colorOf(part),
      v: bytes.map(toKiB),
    })),
  });
  const ends = [0, cycles.length - 1].map(
    (i) => `${formatAmount(resident[i] ?? 0, 'bytes')} in cycle ${cycles[i] ?? 0}`,
  );
  return html`<div class="stack" data-stack="${place}">
<div class="plot" role="img" aria-label="Stacked chart of resident memory by use: ${ends.join(', ')}"></div>
<div class="look" hidden><label for="look-${place}">Look at one cycle</label><input type="range" id="look-${place}" min="0" max="${cycles.length - 1}" value="${cycles.length - 1}"><output for="look-${place}"></output></div>
</div>`;
}

const toKiB = (bytes: number): number => Math.round(bytes / 1024);

const colorOf = (part: string): string => (part in WORDS ? `part-${part}` : 'part');
const swatch = (part: string): Html => html`<span class="swatch ${colorOf(part)}"></span>`;

const mostClasses = 16;

/** A whole number of chunks in every cycle is a part of the leaked object. */
export function sizeClasses({ sizeClasses: classes }: CellAnalysis): Html {
  const whole = classes.filter(({ wholeMultiple }) => wholeMultiple !== null);
  const rest = classes.filter(({ wholeMultiple }) => wholeMultiple === null);
  const shown = [...whole, ...rest].slice(0, mostClasses);
  if (shown.length === 0) return nothing;
  return html`<h4>Live chunks that grow</h4>
<p>A whole number of chunks in every cycle is a part of what is not freed, whoever allocated it.</p>${table(
    {
      caption: 'By size of the chunk.',
      header: ['chunk size', 'chunks per cycle', 'bytes per cycle', 'whole number'],
      rows: shown.map(classRow),
      numbers: [1, 2, 3],
    },
  )}`;
}

const classRow = (one: SizeClassGrowth): string[] => [
  `${grouped(one.sizeBytes)} B`,
  one.countPerCycle.toFixed(2),
  formatAmount(one.bytesPerCycle, 'bytes'),
  one.wholeMultiple === null ? '' : grouped(one.wholeMultiple),
];
