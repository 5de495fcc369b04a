import type { CellAnalysis, MetricAnalysis } from '../harness/contracts/result.ts';
import { formatAmount } from '../harness/lib/format.ts';
import { decidingMetric, perOf } from './_metric-words.ts';

const MB = 1024 ** 2;
const CONTAINERS = [512 * MB, 1024 * MB, 2048 * MB, 4096 * MB, 8192 * MB, 16_384 * MB];

/** `At this slope a 512 MB container lasts about 1,000 more cycles`; null where no bytes grow. */
export function headroom(cell: CellAnalysis): string | null {
  const metric = growingBytes(cell);
  const resident = residentOf(cell);
  if (metric === null || resident === null) return null;
  const container = CONTAINERS.find((size) => size >= 1.5 * resident.bytes);
  if (container === undefined) return null;
  const cycles = (slope: number): string => aboutCycles((container - resident.bytes) / slope);
  const { slopePerCycle, intervalLow, intervalHigh } = metric.trend;
  const range = [cycles(intervalHigh), cycles(intervalLow)];
  const between = range[0] === range[1] ? '' : ` (between ${range[0]} and ${range[1]})`;
  const held = `${formatAmount(resident.bytes, 'bytes')} resident after cycle ${resident.cycle}`;
  return `At the slope of ${metric.title} a ${containerName(container)} container lasts about ${cycles(slopePerCycle)} more ${perOf(metric)}s${between}: ${held}.`;
}

function growingBytes(cell: CellAnalysis): MetricAnalysis | null {
  const metric = decidingMetric(cell);
  if (metric === undefined || metric.unit !== 'bytes') return null;
  const { shape, slopePerCycle, intervalLow } = metric.trend;
  return shape === 'growing' && slopePerCycle > 0 && intervalLow > 0 ? metric : null;
}

function residentOf({
  breakdown,
  metrics,
}: CellAnalysis): { readonly bytes: number; readonly cycle: number } | null {
  const look = breakdown.at(-1);
  if (look !== undefined) return { bytes: look.resident, cycle: look.cycle };
  const rss = metrics.find(({ id }) => id === 'memory.rss')?.series;
  const [bytes, cycle] = [rss?.values.at(-1), rss?.cycles.at(-1)];
  return bytes === undefined || cycle === undefined ? null : { bytes, cycle };
}

const containerName = (bytes: number): string =>
  bytes < 1024 * MB ? `${bytes / MB} MB` : `${bytes / (1024 * MB)} GB`;

/** Two digits: nobody can know the third. */
function aboutCycles(cycles: number): string {
  return Number(Math.max(1, cycles).toPrecision(2)).toLocaleString('en-US');
}
