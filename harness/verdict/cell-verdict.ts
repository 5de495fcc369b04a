import type { Finding, Regression } from '../contracts/gate.ts';
import type {
  CellAnalysis,
  CellFailure,
  CellVerdict,
  MetricAnalysis,
  VerdictKind,
} from '../contracts/result.ts';
import { failureText } from '../lib/failure-text.ts';
import { leakingMetric } from './findings.ts';

/** Worst first: of several reasons the worst one is the verdict. */
const ORDER: readonly VerdictKind[] = ['broken', 'fail', 'inconclusive', 'warn', 'pass'];

function worst(verdicts: readonly VerdictKind[]): VerdictKind {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

interface Reason {
  readonly verdict: VerdictKind;
  readonly because: string;
}

/** What was found in the cell, and how it stands against what was accepted before. */
export interface CellGate {
  readonly findings: readonly Finding[];
  /** Of this cell only; empty without a baseline. */
  readonly regressions: readonly Regression[];
}

/** What gates for one cell: its classification, its budgets, its baseline, and whether it got to its end. */
export function decideCell(
  cell: CellAnalysis,
  gate: CellGate = { findings: [], regressions: [] },
): CellVerdict {
  const reasons = [
    byClassification(cell, gate),
    byBudgets(cell, gate),
    ...byCeilings(cell, gate),
    ...byBaseline(gate),
  ];
  if (cell.failure !== null) reasons.unshift(byFailure(cell.failure));
  // A leak that was found stays found when the cell fails later: the exit codes tell both.
  const verdict = reasons.some((reason) => reason.verdict === 'fail')
    ? 'fail'
    : worst(reasons.map((reason) => reason.verdict));
  const because = reasons.find((reason) => reason.verdict === verdict)?.because ?? '';
  return { cell: cell.cell.id, verdict, because };
}

function byFailure(failure: CellFailure): Reason {
  return { verdict: 'broken', because: failureText(failure) };
}

function byClassification(cell: CellAnalysis, gate: CellGate): Reason {
  const { classification, metrics, cyclesDone } = cell;
  const because = classification.why;
  if (cyclesDone === 0) return { verdict: 'broken', because: 'nothing was measured' };
  switch (classification.kind) {
    case 'leak':
    case 'mixed':
      return leakReason(cell, gate);
    case 'undecided':
      return openButNoWorse(cell, gate) ?? { verdict: 'inconclusive', because };
    case 'warm-up':
    case 'steady':
    case 'fragmentation':
    case 'retention':
      return openWitness(metrics) ?? { verdict: 'pass', because };
    default:
      return { verdict: 'inconclusive', because };
  }
}

/** A leak fails unless every budget it breaks was set to `warn` or `off` by hand, or it is known and accepted. */
function leakReason({ classification, metrics }: CellAnalysis, gate: CellGate): Reason {
  const { leaking, why } = classification;
  const accepted = leaking.map((kind) => acceptedAs(kind, metrics, gate));
  const open = leaking.filter((_, i) => accepted[i] === null);
  if (leaking.length > 0 && open.length === 0) {
    return { verdict: 'warn', because: `${why}; ${[...new Set(accepted)].join('; ')}` };
  }
  const refused = gate.findings.flatMap((finding) =>
    finding.refused !== null && open.includes(finding.kind) ? [`; ${finding.refused}`] : [],
  );
  return { verdict: leakVerdict(metrics, open), because: `${why}${refused.join('')}` };
}

/** What cannot be told from its budget, and surely is no worse than what was accepted. */
function openButNoWorse(
  { classification, metrics }: CellAnalysis,
  { regressions }: CellGate,
): Reason | null {
  if (classification.evidence[0]?.rule !== 'witness-open') return null;
  const open = metrics.filter(
    ({ role, check, budget }) =>
      isWitness(role) && check === 'inconclusive' && budget?.level === 'error',
  );
  const before = open.map(({ id }) => noWorse(id, regressions));
  if (open.length === 0 || before.includes(null)) return null;
  return { verdict: 'warn', because: `${classification.why}; but ${before.join('; ')}` };
}

const noWorse = (metric: string, regressions: readonly Regression[]): string | null =>
  regressions.find(
    (one) => one.metric === metric && (one.answer === 'same' || one.answer === 'better'),
  )?.says ?? null;

/** By a suppression, or by a baseline that leaks at least as much; null: not at all. */
function acceptedAs(
  kind: string,
  metrics: readonly MetricAnalysis[],
  { findings, regressions }: CellGate,
): string | null {
  const suppressed = findings.find((finding) => finding.kind === kind)?.accepted ?? null;
  if (suppressed !== null) return suppressed;
  const metric = leakingMetric(kind, metrics);
  const before = metric === undefined ? null : noWorse(metric.id, regressions);
  return before === null ? null : `it is in the baseline too: ${before}`;
}

function leakVerdict(metrics: readonly MetricAnalysis[], leaking: readonly string[]): VerdictKind {
  const levels = leaking.map((kind) => {
    const metric = metrics.find(({ id }) => id === kind || id === `${kind}.live`);
    return metric === undefined ? 'error' : (metric.budget?.level ?? 'error');
  });
  if (levels.length === 0 || levels.includes('error')) return 'fail';
  return levels.includes('warn') ? 'warn' : 'pass';
}

/** Live bytes or a count that bent, and still does more than its budget at the end. */
function openWitness(metrics: readonly MetricAnalysis[]): Reason | null {
  const open = metrics.find(
    ({ role, check, budget }) =>
      isWitness(role) && check === 'inconclusive' && budget?.level === 'error',
  );
  return open === undefined
    ? null
    : {
        verdict: 'inconclusive',
        because: `${open.title} is not within its budget yet at the end of the run`,
      };
}

/** Budgets of everything that is not itself a witness of leaks: slack, residency, what a config adds. */
function byBudgets({ metrics, classification }: CellAnalysis, { findings }: CellGate): Reason {
  const reasons = metrics.flatMap((metric): Reason[] => {
    if (isWitness(metric.role) || metric.check === 'off' || metric.check === 'pass') return [];
    if (metric.check !== 'inconclusive') {
      const because = `${metric.title} is over its budget`;
      return [settled({ verdict: metric.check, because }, metric.id, findings)];
    }
    // Less than a warning it cannot be, more than its budget's level neither.
    const verdict = metric.budget?.level === 'error' ? 'inconclusive' : 'warn';
    return [{ verdict, because: `${metric.title} cannot be told from its budget yet` }];
  });
  const verdict = worst(reasons.map((reason) => reason.verdict));
  const because = reasons.find((reason) => reason.verdict === verdict)?.because;
  return { verdict, because: because ?? classification.why };
}

function byCeilings({ ceilings = [], cyclesDone }: CellAnalysis, { findings }: CellGate): Reason[] {
  if (cyclesDone === 0) return [];
  return ceilings.flatMap(({ metric, title, ceiling, check, cycle }): Reason[] => {
    if (check === 'off' || check === 'pass') return [];
    if (check === 'inconclusive') {
      const verdict = ceiling.level === 'error' ? 'inconclusive' : 'warn';
      return [{ verdict, because: `${title} has a ceiling and could not be read` }];
    }
    const because = `${title} was over its ceiling in cycle ${cycle ?? 0}`;
    return [settled({ verdict: check, because }, `peak of ${metric}`, findings)];
  });
}

/** A breach that is known and accepted warns; one whose suppression does not count says why. */
function settled(reason: Reason, kind: string, findings: readonly Finding[]): Reason {
  const finding = findings.find((one) => one.kind === kind);
  const { because } = reason;
  if (finding?.accepted) return { verdict: 'warn', because: `${because}; ${finding.accepted}` };
  return finding?.refused ? { ...reason, because: `${because}; ${finding.refused}` } : reason;
}

/** Worse than what was accepted fails even within the budget: that is what a baseline is for. */
function byBaseline({ regressions }: CellGate): Reason[] {
  return regressions.flatMap(({ answer, gates, says }): Reason[] => {
    if (!gates || answer === 'same' || answer === 'better') return [];
    return [{ verdict: answer === 'worse' ? 'fail' : 'inconclusive', because: says }];
  });
}

const isWitness = (role: MetricAnalysis['role']): boolean => role === 'live' || role === 'count';
