import { analyzeRun } from './analyze/analyze-run.ts';
import type { LedgerEntry } from './contracts/ledger.ts';
import type { RunPlan } from './contracts/plan.ts';
import type { RunResult } from './contracts/result.ts';
import { judgeRun, resolveRunDir } from './pipeline.ts';
import { decide } from './verdict/verdict.ts';

/** A run that a program holds in memory: its `plan.json`, and the lines of its ledger. */
export interface StoredLedger {
  readonly plan: RunPlan;
  readonly entries: Iterable<LedgerEntry>;
}

/**
 * Judges a run again: the folder of a stored one, the ledger file in it, or a plan with the lines of a ledger. Works on
 * any platform, starts nothing and writes nothing.
 *
 * @example
 * const { verdict } = await analyze('reports/out/20261121-072730-229d');
 */
export async function analyze(run: string | StoredLedger): Promise<RunResult> {
  if (typeof run === 'string') return judgeRun(resolveRunDir(run));
  const { plan, entries } = run;
  return decide(plan, analyzeRun(plan, { entries: [...entries], problems: [] }));
}
