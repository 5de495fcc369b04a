import type { Config } from './contracts/config.ts';
import type {
  Allocator,
  Executor,
  Explainer,
  Probe,
  Report,
  Scenario,
  Service,
  Target,
} from './contracts/plugins.ts';

/** Authoring surface: each returns its argument, typed. `satisfies` would do, but these read as intent. */
export const defineScenario = (scenario: Scenario): Scenario => scenario;
export const defineTarget = (target: Target): Target => target;
export const defineExecutor = (executor: Executor): Executor => executor;
export const defineAllocator = (allocator: Allocator): Allocator => allocator;
export const defineProbe = (probe: Probe): Probe => probe;
export const defineExplainer = (explainer: Explainer): Explainer => explainer;
export const defineReport = (report: Report): Report => report;
export const defineService = (service: Service): Service => service;
export const defineConfig = (config: Config): Config => config;
