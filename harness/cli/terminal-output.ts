import type { RunResult } from '../contracts/result.ts';
import type { Registry } from '../registry.ts';

/** Prints the terminal report to stdout; colours only on a terminal, and never with NO_COLOR. */
export function printTerminal(result: RunResult, registry: Registry): void {
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const width = process.stdout.columns ?? 100;
  process.stdout.write(
    `${registry.reports.get('terminal')?.render(result, { color, width }) ?? ''}\n`,
  );
}
