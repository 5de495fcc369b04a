import type { RunSettings } from '../harness/contracts/plan.ts';
import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { quote } from '../harness/lib/quote.ts';

/** One command per scenario and executor: what a person would type to see the same. */
export function runAgain({ plan }: RunResult): string[] {
  const { settings } = plan;
  const unique = (values: readonly string[], flag: string): string =>
    [...new Set(values)].map((value) => ` --${flag} ${quote(value)}`).join('');
  const cells = [...plan.cells, ...plan.skipped.map(({ cell }) => cell)];
  return [
    `npx tidemark run${unique(
      cells.map(({ scenario }) => scenario),
      'scenario',
    )}${unique(
      cells.map(({ target }) => target.text),
      'target',
    )}${unique(
      cells.map(({ executor }) => executor),
      'executor',
    )}${unique(
      cells.map(({ allocator }) => allocator),
      'allocator',
    )}${cells.some(({ step }) => step !== undefined) ? ' --ladder' : ''}${settings.untilDecided ? ' --until-decided' : ''} --cycles ${settings.cycles}${settings.repeats > 1 ? ` --repeats ${settings.repeats}` : ''}${inputs(settings)}`,
  ];
}

/** With `--until-decided` a run has at most so many cycles. */
const lastLook = 200;

/** One cell, no longer than it takes to decide. */
export function runCellAgain({ plan }: RunResult, { cell, cyclesDone }: CellAnalysis): string {
  const flags = {
    scenario: cell.scenario,
    target: cell.target.text,
    executor: cell.executor,
    allocator: cell.allocator,
  };
  const named = Object.entries(flags).map(([flag, value]) => ` --${flag} ${quote(value)}`);
  const { step } = cell;
  const own = step === undefined ? {} : { [step.parameter]: step.value };
  const parameters = { ...plan.settings.parameters, ...own };
  const length = cyclesDone > lastLook ? `--cycles ${cyclesDone}` : '--until-decided';
  return `npx tidemark run${named.join('')} ${length}${inputs({ ...plan.settings, parameters })}`;
}

function inputs({ command, parameters }: Pick<RunSettings, 'command' | 'parameters'>): string {
  const given = Object.entries(parameters).map(([name, value]) => ['param', `${name}=${value}`]);
  const all = command === undefined ? given : [['command', command], ...given];
  return all.map(([flag, value = '']) => ` --${flag} ${quote(value)}`).join('');
}
