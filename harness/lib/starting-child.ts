import { type ProcStat, uptimeMs } from './proc.ts';

/** A child that is no older, and has its parent's address range, is on its way from fork to exec. */
const STARTING_MS = 200;
const TICK_MS = 10;

/**
 * True for a child between vfork and exec: it has its parent's memory, not a copy, so a program that starts another
 * would seem to double. Ranges are those of `readRollup`.
 */
export function isStarting(
  { startTicks }: ProcStat,
  range: string,
  parentRange: string | undefined,
): boolean {
  return parentRange === range && uptimeMs() - startTicks * TICK_MS < STARTING_MS;
}
