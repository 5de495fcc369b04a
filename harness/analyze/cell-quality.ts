import type { SampleBody } from '../contracts/ledger.ts';
import type { CellAnalysis } from '../contracts/result.ts';
import type { CellRecord } from './cell-record.ts';

/** A probe that fails in every sample with another number in its text must not fill the report. */
const mostErrors = 12;

/** How far the readings of a cell can be trusted. */
export function describeQuality(record: CellRecord): CellAnalysis['quality'] {
  const looks: readonly SampleBody[] = [...record.samples, ...record.checkpoints];
  const readings = looks.flatMap((look) => Object.entries(look.probes));
  const walks = readings.map(([, reading]) => reading.quality);
  const errors = new Set(
    readings.flatMap(([probe, { error }]) => (error === undefined ? [] : [`${probe}: ${error}`])),
  );
  return {
    exactWalks: walks.filter((quality) => quality === 'exact').length,
    consistentWalks: walks.filter((quality) => quality === 'consistent').length,
    failedWalks: walks.filter((quality) => quality === 'inconsistent').length,
    unsettledSamples: looks.filter((look) => !look.settled).length,
    retriedCycles: record.retriedCycles,
    stoppedMs: readings.reduce((sum, [, { stoppedMs = 0 }]) => sum + stoppedMs, 0),
    probeErrors: [...errors].slice(0, mostErrors),
  };
}
