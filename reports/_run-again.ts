import type { RunResult } from '../harness/contracts/result.ts';

/** One command per scenario and executor: what a person would type to see the same. */
export function runAgain({ plan }: RunResult): string[] {
  const { settings } = plan;
  const unique = (values: readonly string[], flag: string): string =>
    [...new Set(values)].map((value) => ` --${flag} ${quote(value)}`).join('');
  const cells = [...plan.cells, ...plan.skipped.map(({ cell }) => cell)];
  const command = settings.command === undefined ? '' : ` --command ${quote(settings.command)}`;
  const parameters = Object.entries(settings.parameters)
    .map(([name, value]) => ` --param ${quote(`${name}=${value}`)}`)
    .join('');
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
    )}${cells.some(({ step }) => step !== undefined) ? ' --ladder' : ''}${settings.untilDecided ? ' --until-decided' : ''} --cycles ${settings.cycles}${settings.repeats > 1 ? ` --repeats ${settings.repeats}` : ''}${command}${parameters}`,
  ];
}

const quote = (text: string): string =>
  /^[\w@+./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
