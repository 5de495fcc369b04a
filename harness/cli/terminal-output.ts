import { relative } from 'node:path';
import type { RunResult } from '../contracts/result.ts';
import type { Registry } from '../registry.ts';

/** Prints the terminal report to stdout; colours only on a terminal, and never with NO_COLOR. */
export function printTerminal(result: RunResult, registry: Registry, runDir: string): void {
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const width = process.stdout.columns ?? 100;
  const options = { color, width, folder: fromHere(runDir) };
  process.stdout.write(`${registry.reports.get('terminal')?.render(result, options) ?? ''}\n`);
}

/** A folder as a person would type it where he is. */
export function fromHere(runDir: string): string {
  const near = relative(process.cwd(), runDir) || '.';
  return near.startsWith('..') ? runDir : near;
}

/** The same text as `result.json`, secrets and all left out. */
export const asJson = (result: RunResult, registry: Registry): string =>
  registry.reports.get('json')?.render(result, { color: false, width: 100 }) ?? '';
