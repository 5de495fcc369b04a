/**
 * `tidemark/vitest`: soak tests in a project's own test runner.
 *
 * @example
 * import { soak } from 'tidemark/vitest';
 * import { expect, test } from 'vitest';
 *
 * test('a call leaves nothing behind', { timeout: 300_000 }, async ({ signal }) => {
 *   const result = await soak({ scenario: 'join-leave', target: 'rtc-node@1.1.0', cycles: 50, signal });
 *   expect(result).toStayWithin({ 'native.live': '16KiB/cycle', threads: '0/cycle' });
 * });
 */
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { withinText } from '../reports/_within-text.ts';
import { judgeWithin } from './analyze/judge-within.ts';
import { type Config, DEFAULT_OUT } from './contracts/config.ts';
import { TidemarkError } from './contracts/errors.ts';
import type { RunResult } from './contracts/result.ts';
import { parseWithin, type WithinBudgets } from './plan/parse-within.ts';
import { bestAllocator, type RunOptions, run } from './run-config.ts';

type Names = string | readonly string[];

/** What to measure, as in a config, with one name where one is enough. */
export interface SoakOptions
  extends Omit<Config, 'scenarios' | 'targets' | 'executors' | 'allocators'>,
    RunOptions {
  /** Default: `join-leave`. */
  readonly scenario?: Names;
  /** Default: `rtc-node`. */
  readonly target?: Names;
  /** Default: the target's first. */
  readonly executor?: Names;
  /** Default: `glibc`, under which live bytes can be read, or what the target brings with it. */
  readonly allocator?: Names;
}

const DEFAULT_REPORTS = ['json', 'markdown', 'html'];
const folders = new WeakMap<RunResult, string>();

const list = (names: Names): string[] => (typeof names === 'string' ? [names] : [...names]);

/**
 * Measures one scenario against one target (or several of either), and gives the result to be held against budgets with
 * `toStayWithin`. A leak is no exception here. Needs a time-out of minutes: a cycle takes about half a second beside the
 * round trip itself. Pass the test's own `signal`, so that a test that times out ends its processes.
 */
export async function soak(options: SoakOptions): Promise<RunResult> {
  const { scenario, target = 'rtc-node', executor, allocator, ...rest } = options;
  const { cwd, signal, onProgress, ...config } = rest;
  const best = allocator ?? (await bestAllocator(list(target), resolve(cwd ?? '.')));
  const result = await run(
    {
      reports: DEFAULT_REPORTS,
      ...config,
      ...(scenario === undefined ? {} : { scenarios: list(scenario) }),
      targets: list(target),
      ...(executor === undefined ? {} : { executors: list(executor) }),
      ...(best === undefined ? {} : { allocators: list(best) }),
    },
    {
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
  folders.set(result, `${config.out ?? DEFAULT_OUT}/${result.runId}`);
  return result;
}

function isResult(value: unknown): value is RunResult {
  return typeof value === 'object' && value !== null && 'cells' in value && 'plan' in value;
}

function stayWithin(received: unknown, budgets: WithinBudgets, isNot: boolean) {
  if (!isResult(received)) {
    throw new TypeError('toStayWithin needs the result of soak() or run(); was it awaited?');
  }
  try {
    const cells = judgeWithin(received, parseWithin(budgets, received));
    const text = withinText({ result: received, cells, budgets, folder: folders.get(received) });
    // What could not be told is neither within nor over: it passes under `not` no more than without.
    const pass = text.state === 'open' ? isNot : text.state === 'within';
    return { pass, message: () => text.message };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.hint === undefined) throw error;
    // A test runner prints the message alone.
    throw new TypeError(`${error.message} (${error.hint})`, { cause: error });
  }
}

expect.extend({
  toStayWithin(received: unknown, budgets: WithinBudgets) {
    return stayWithin(received, budgets, this.isNot);
  },
});

interface TidemarkMatchers {
  /**
   * Passes when every named metric of every cell is shown to stay within its budget. Names are metrics (`native.live`,
   * `managed.live`, `native.pinned`, `memory.anonymous`, `threads.ice`, ...) or families (`threads`, `descriptors`,
   * `objects`). A limit is growth (`16KiB/cycle`) or `{ max, peak, confidence }`, where `peak` is a ceiling. A cell that broke, a metric that could not be read, and growth that cannot be told from its budget do not
   * pass, also not under `not`.
   */
  toStayWithin(budgets: WithinBudgets): void;
}

declare module 'vitest' {
  // Its parameter is the type of the value; the matcher is the same for all.
  interface Matchers<T> extends TidemarkMatchers {}
}

export type { RunResult } from './contracts/result.ts';
export type { WithinBudgets, WithinLimits } from './plan/parse-within.ts';
