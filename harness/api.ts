/** What other programs import. */

export { judgeSeries } from './analyze/judge/judge-series.ts';
export { analyze, type StoredLedger } from './analyze-stored.ts';
export type { Config } from './contracts/config.ts';
export { TidemarkError } from './contracts/errors.ts';
export type { LedgerEntry } from './contracts/ledger.ts';
export type { ProbeReading } from './contracts/measurement.ts';
export type { Budget, CellPlan, RunPlan, RunSettings } from './contracts/plan.ts';
export type {
  Allocator,
  Executor,
  Probe,
  ProbeContext,
  Report,
  RunningTarget,
  Scenario,
  ScenarioContext,
  Service,
  Target,
  TargetContext,
} from './contracts/plugins.ts';
export type {
  CellAnalysis,
  Classification,
  MetricAnalysis,
  RunResult,
  VerdictKind,
} from './contracts/result.ts';
export type { SeriesPoints, Trend } from './contracts/trend.ts';
export {
  defineAllocator,
  defineConfig,
  defineExecutor,
  defineProbe,
  defineReport,
  defineScenario,
  defineService,
  defineTarget,
} from './define.ts';
export { type Child, type ChildOptions, startChild } from './lib/child.ts';
export { targetEnvironment } from './lib/child-env.ts';
export { type RunOptions, type RunProgress, run } from './run-config.ts';
