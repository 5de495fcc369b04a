import type { SampleBody } from '../contracts/ledger.ts';
import type { CellAnalysis } from '../contracts/result.ts';
import type { CellRecord } from './cell-record.ts';

/** A probe that fails in every sample with another number in its text must not fill the report. */
const mostErrors = 12;

/** How far the readings of a cell can be trusted. */
export function describeQuality(record: CellRecord): CellAnalysis['quality'] {
  const looks: readonly SampleBody[] = [...record.samples, ...record.checkpoints];
  const walks = { exact: 0, consistent: 0, inconsistent: 0 };
  const errors = new Set<string>();
  let stoppedMs = 0;
  for (const look of looks) {
    for (const [probe, reading] of Object.entries(look.probes)) {
      if (reading.quality !== undefined) walks[reading.quality] += 1;
      if (reading.error !== undefined) errors.add(`${probe}: ${reading.error}`);
      stoppedMs += reading.stoppedMs ?? 0;
    }
  }
  return {
    exactWalks: walks.exact,
    consistentWalks: walks.consistent,
    failedWalks: walks.inconsistent,
    unsettledSamples: looks.filter((look) => !look.settled).length,
    retriedCycles: record.retriedCycles,
    stoppedMs,
    probeErrors: [...errors].slice(0, mostErrors),
  };
}
