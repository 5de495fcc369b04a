import type {
  CellAnalysis,
  MemoryBreakdown,
  SizeClassGrowth,
} from '../harness/contracts/result.ts';
import { formatAmount, formatChange, formatSeconds, grouped } from '../harness/lib/format.ts';
import { table } from './_html-parts.ts';
import { type Html, html, name, nothing, trusted } from './_html-tag.ts';

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

/** Where the resident memory is, stacked, and the same as a table. */
export function memoryBars({ breakdown }: CellAnalysis): Html {
  if (breakdown.length === 0) return nothing;
  const found = [...new Set(breakdown.flatMap(({ parts }) => Object.keys(parts)))];
  const parts = found.filter((part) => breakdown.some((look) => (look.parts[part] ?? 0) !== 0));
  const widest = Math.max(1, ...breakdown.map((look) => drawnBytes(look, parts)));
  const bars = breakdown.map(
    (look) =>
      html`<span>cycle ${look.cycle}</span><div class="bar">${parts.map((part) => segment(part, look, widest))}</div>`,
  );
  const rows = [
    ['resident', ...breakdown.map(({ resident }) => formatAmount(resident, 'bytes'))],
    ...parts.map((part) => [
      html`${swatch(part)}${WORDS[part] ?? name(part)}`,
      ...breakdown.map((look) => formatAmount(look.parts[part] ?? 0, 'bytes')),
    ]),
  ];
  return html`<h4>Where the memory is</h4><div class="bars" aria-hidden="true">${bars}</div>${table(
    {
      caption: 'Resident memory by use.',
      header: ['part', ...breakdown.map(({ cycle }) => `cycle ${cycle}`)],
      rows,
      numbers: breakdown.map((_, i) => i + 1),
    },
  )}`;
}

function drawnBytes({ parts }: MemoryBreakdown, names: readonly string[]): number {
  return names.reduce((sum, part) => sum + Math.max(0, parts[part] ?? 0), 0);
}

function segment(part: string, { parts }: MemoryBreakdown, widest: number): Html {
  const share = (100 * Math.max(0, parts[part] ?? 0)) / widest;
  if (share < 0.1) return nothing;
  const label = share > 8 ? name(part) : nothing;
  return html`<span class="${colorOf(part)}" style="width:${trusted(share.toFixed(2))}%">${label}</span>`;
}

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

/** What moved while nothing was done. */
export function idleTails({ idleTails: tails, metrics }: CellAnalysis): Html {
  if (tails.length === 0) return nothing;
  const told = tails.map(({ kind, seconds, change, rising }) => {
    const moved = metrics.filter(
      ({ id, role }) => (change[id] ?? 0) !== 0 && (role !== 'info' || id === 'memory.rss'),
    );
    const items = moved.map(
      ({ id, title, unit }) =>
        html`<li>${name(title)} ${formatChange(change[id] ?? 0, unit)}${rising.includes(id) ? ', and kept rising' : ''}</li>`,
    );
    const where = kind === 'left' ? 'After the last cycle' : 'In a held room';
    return html`<p>${where}, ${formatSeconds(seconds)} with nothing done: ${items.length === 0 ? 'nothing moved.' : ''}</p>${items.length === 0 ? nothing : html`<ul>${items}</ul>`}`;
  });
  return html`<h4>Idle tail</h4>${told}`;
}
