import type {
  CellDisplay,
  DisplayBreakdown,
  DisplayCheckpoint,
  DisplayTail,
} from '../contracts/display.ts';
import type { SampleBody } from '../contracts/ledger.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { SeriesPoints } from '../contracts/trend.ts';
import { readMetric } from './collect-series.ts';
import { idleLooks, metricsOf } from './idle-tails.ts';
import { breakDown, canTell } from './memory-breakdown.ts';
import { placesToKeep, thinSeries } from './thin-series.ts';

const mostLooks = 240;
const fewestLooks = 40;
/** A look has about ten parts of about six bytes. */
const mostLooksOfRun = 8000;
const mostOfTail = 120;

export interface Looks {
  readonly samples: readonly SampleBody[];
  readonly checkpoints: readonly SampleBody[];
}

/** What is drawn of a cell beside its metrics; the samples themselves are not kept. */
export function displayLooks(looks: Looks, cellsOfRun: number): Omit<CellDisplay, 'metrics'> {
  const share = Math.floor(mostLooksOfRun / Math.max(1, cellsOfRun));
  const most = Math.max(fewestLooks, Math.min(mostLooks, share));
  return {
    breakdown: breakdownSeries(looks.samples, most),
    idleTails: idleLooks(looks).map(tailSeries),
    checkpoints: checkpointsOf(looks),
  };
}

/** Thinned by what is resident: its extremes are kept, and the parts of those samples are read. */
function breakdownSeries(samples: readonly SampleBody[], most: number): DisplayBreakdown | null {
  const readable = samples.filter(canTell);
  if (readable.length === 0) return null;
  const resident = readable.map((sample) => readMetric(sample, 'memory.rss') ?? 0);
  const kept = placesToKeep(resident, most).flatMap((i) => readable[i] ?? []);
  const looks = kept.map(breakDown);
  const names = [...new Set(looks.flatMap(({ parts }) => Object.keys(parts)))];
  const parts = names
    .map((name) => [name, looks.map((look) => look.parts[name] ?? 0)] as const)
    .filter(([, bytes]) => bytes.some((value) => value !== 0));
  return {
    cycles: looks.map(({ cycle }) => cycle),
    resident: looks.map((look) => look.resident),
    parts: Object.fromEntries(parts),
  };
}

/** Told beside what is judged: what people know from other tools. */
const isTold = (id: string): boolean =>
  describeMetric(id).role !== 'info' || id === 'memory.rss' || id.endsWith('.total');

function tailSeries({ kind, looks }: ReturnType<typeof idleLooks>[number]): DisplayTail {
  const beganMs = looks[0]?.atMs ?? 0;
  const ids = [...new Set(looks.flatMap(metricsOf))].filter(isTold);
  const moved = ids.flatMap((id): [string, SeriesPoints][] => {
    const read = looks.flatMap((look) => {
      const value = readMetric(look, id);
      return value === null ? [] : [{ second: (look.atMs - beganMs) / 1000, value }];
    });
    if (read.every(({ value }) => value === read[0]?.value)) return [];
    const whole = {
      cycles: read.map(({ second }) => second),
      values: read.map(({ value }) => value),
    };
    return [[id, thinSeries(whole, mostOfTail)]];
  });
  return { kind, metrics: Object.fromEntries(moved) };
}

function checkpointsOf({ samples, checkpoints }: Looks): DisplayCheckpoint[] {
  const last = samples.at(-1);
  const looks = last === undefined ? checkpoints : [...checkpoints, last];
  const names = new Set(looks.map(({ checkpoint }) => checkpoint));
  const ends = [...names].flatMap((name) => {
    const own = looks.filter(({ checkpoint }) => checkpoint === name);
    return [...new Set([own[0], own.at(-1)])].flatMap((look) => look ?? []);
  });
  return ends
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((look) => ({
      name: look.checkpoint,
      cycle: look.cycle,
      values: Object.fromEntries(
        metricsOf(look)
          .filter(isTold)
          .flatMap((id) => {
            const value = readMetric(look, id);
            return value === null ? [] : [[id, value] as const];
          }),
      ),
    }));
}
