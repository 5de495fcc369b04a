/** What other programs import. */

export { judgeSeries } from './analyze/judge/judge-series.ts';
export type { Config } from './contracts/config.ts';
export { TidemarkError } from './contracts/errors.ts';
export type { RunPlan } from './contracts/plan.ts';
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
export { judgeRun as analyze } from './pipeline.ts';
