import type { CellPlan } from './plan.ts';

/** `growing`: certain. `slow`: in every block, not in every cycle. `bounded so far`: grew, and stopped. `hint`: says where to look. */
export type FindingState = 'growing' | 'slow' | 'hint' | 'bounded so far';

/** What one explainer found, in words and numbers that a report only has to lay out. */
export interface ExplainFinding {
  /** Id of the explainer. */
  readonly explainer: string;
  readonly state: FindingState;
  /** One sentence. */
  readonly says: string;
  readonly countPerCycle: number | null;
  readonly bytesPerCycle: number | null;
  /** Nothing but the engine itself keeps it: true, and of less help than what a program keeps. */
  readonly isOfEngine?: boolean | undefined;
  /** Retaining path, stack or list that a reader can follow to the source; one line each. */
  readonly trace: readonly string[];
  /** `owner`, `also kept by`, ... with what is said about it. */
  readonly details: readonly { readonly label: string; readonly text: string }[];
}

/** One explainer in one explain run. */
export interface ExplainerOutcome {
  readonly id: string;
  readonly title: string;
  /** What it costs the program that is looked at, in words. */
  readonly cost: string;
  readonly seconds: number;
  /** What could not be looked at, one line each. */
  readonly problems: readonly string[];
}

/** The second, costly run of one cell. */
export interface CellExplanation {
  readonly cell: CellPlan;
  readonly startedAt: string;
  /** Round trips done before each look; the first are warm-up. */
  readonly looksAfter: readonly number[];
  /** One sentence that names the suspect; null when nothing was found to grow. */
  readonly suspect: string | null;
  readonly findings: readonly ExplainFinding[];
  readonly explainers: readonly ExplainerOutcome[];
  /** The cell broke: kind, cycle and reason in one line. */
  readonly failure: string | null;
  /** Files that were kept, relative to the run. */
  readonly files: readonly string[];
  readonly redacted: boolean;
}

/** `explain/findings.json` of a run. */
export interface ExplainFile {
  readonly schemaVersion: 1;
  readonly cells: readonly CellExplanation[];
}
