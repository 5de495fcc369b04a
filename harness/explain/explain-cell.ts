import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CellExplanation } from '../contracts/explain.ts';
import type { Explainer } from '../contracts/explainers.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { fileNameOf } from '../lib/file-name-of.ts';
import { type CellOptions, runCell } from '../run/run-cell.ts';
import { explainCycles } from './explain-cycles.ts';
import { explainersAtWork } from './explainers-at-work.ts';
import { EXPLAIN_DIR } from './findings-file.ts';
import { nameSuspect, sortFindings } from './name-suspect.ts';
import { redactFinding } from './redact-finding.ts';
import { lookSchedule } from './schedule.ts';

export interface ExplainCellOptions extends Omit<CellOptions, 'append' | 'work' | 'isDecided'> {
  readonly explainers: readonly Explainer[];
  /** Round trips of the whole explain run. */
  readonly cycles: number;
  readonly keepSnapshots: boolean;
  readonly redact: boolean;
  readonly secondOpinion: boolean;
  readonly say: (line: string) => void;
}

/**
 * The same cell again in a fresh process, with looks that no measured run may take. Never throws for what happens to
 * the target: what was found until then is the answer, and the failure is told.
 */
export async function explainCell(options: ExplainCellOptions): Promise<CellExplanation> {
  const { cell, settings, runDir, explainers, keepSnapshots, redact, secondOpinion, say } = options;
  const looks = lookSchedule(options.cycles);
  const folder = join(EXPLAIN_DIR, fileNameOf(cell.id));
  const cellDir = join(runDir, folder);
  mkdirSync(cellDir, { recursive: true, mode: 0o700 });
  const atWork = explainersAtWork(explainers);
  const startedAt = options.now().toISOString();
  const entries: LedgerEntry[] = [];
  const { memoryLimitBytes } = settings;
  const { allocator, scenario } = cell;
  const common = {
    cellDir,
    allocator,
    scenario,
    memoryLimitBytes,
    keepSnapshots,
    redact,
    secondOpinion,
    say,
  };
  await runCell({
    ...options,
    settings: { ...settings, cycles: options.cycles },
    runDir: cellDir,
    append: (entry) => void entries.push(entry),
    work: (work) => explainCycles(work, { looks, atWork, context: common }),
  });
  say('  explain: the target has ended; putting the looks together');
  const { findings, outcomes, files } = await atWork.conclude();
  const sorted = sortFindings(findings).map((one) => (redact ? redactFinding(one) : one));
  return {
    cell,
    startedAt,
    looksAfter: [...new Set(looks.map(({ cycle }) => cycle))],
    suspect: nameSuspect(sorted),
    findings: sorted,
    explainers: outcomes,
    failure: failureOf(entries),
    files: files.map((file) => join(folder, file)),
    redacted: redact,
  };
}

function failureOf(entries: readonly LedgerEntry[]): string | null {
  const failed = entries.find((entry) => entry.type === 'cell-failed');
  return failed === undefined ? null : `${failed.kind} in cycle ${failed.cycle}: ${failed.reason}`;
}
