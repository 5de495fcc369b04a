import type { ExplainFinding, FindingState } from '../contracts/explain.ts';

const ORDER: readonly FindingState[] = ['growing', 'slow', 'hint', 'bounded so far'];

/** Certain ones first; among those, those that say who keeps what, a program's before the engine's, by bytes. */
export function sortFindings(findings: readonly ExplainFinding[]): ExplainFinding[] {
  const hasPath = ({ trace }: ExplainFinding): number => (trace.length > 0 ? 0 : 1);
  return findings.toSorted(
    (a, b) =>
      ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
      hasPath(a) - hasPath(b) ||
      Number(a.isOfEngine === true) - Number(b.isOfEngine === true) ||
      (b.bytesPerCycle ?? 0) - (a.bytesPerCycle ?? 0),
  );
}

/** What grew and stopped is no suspect, and a hint only says where to look. */
export function nameSuspect(sorted: readonly ExplainFinding[]): string | null {
  return sorted.find(({ state }) => state === 'growing' || state === 'slow')?.says ?? null;
}
