import type {
  CellAnalysis,
  CellVerdict,
  MetricAnalysis,
  VerdictKind,
} from '../contracts/result.ts';

/** Worst first: of several reasons the worst one is the verdict. */
const ORDER: readonly VerdictKind[] = ['broken', 'fail', 'inconclusive', 'warn', 'pass'];

function worst(verdicts: readonly VerdictKind[]): VerdictKind {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

interface Reason {
  readonly verdict: VerdictKind;
  readonly because: string;
}

/** What gates for one cell: its classification, its budgets, and whether it got to its end. */
export function decideCell(cell: CellAnalysis): CellVerdict {
  const reasons = [byClassification(cell), byBudgets(cell)];
  if (cell.failure !== null) reasons.unshift(byFailure(cell));
  // A leak that was found stays found when the cell fails later: the exit codes tell both.
  const verdict = reasons.some((reason) => reason.verdict === 'fail')
    ? 'fail'
    : worst(reasons.map((reason) => reason.verdict));
  const because = reasons.find((reason) => reason.verdict === verdict)?.because ?? '';
  return { cell: cell.cell.id, verdict, because };
}

function byFailure({ failure }: CellAnalysis): Reason {
  return {
    verdict: 'broken',
    because: `${failure?.kind ?? 'internal'} in cycle ${failure?.cycle ?? 0}: ${failure?.reason ?? ''}`,
  };
}

function byClassification({ classification, metrics, cyclesDone }: CellAnalysis): Reason {
  const because = classification.why;
  if (cyclesDone === 0) return { verdict: 'broken', because: 'nothing was measured' };
  switch (classification.kind) {
    case 'leak':
    case 'mixed':
      return { verdict: leakVerdict(metrics, classification.leaking), because };
    case 'undecided':
      return { verdict: 'inconclusive', because };
    case 'warm-up':
    case 'steady':
    case 'fragmentation':
    case 'retention':
      return openWitness(metrics) ?? { verdict: 'pass', because };
    default:
      return { verdict: 'inconclusive', because };
  }
}

/** A leak fails unless every budget it breaks was set to `warn` or `off` by hand. */
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
function byBudgets({ metrics, classification }: CellAnalysis): Reason {
  const reasons = metrics.flatMap((metric): Reason[] => {
    if (isWitness(metric.role) || metric.check === 'off' || metric.check === 'pass') return [];
    if (metric.check !== 'inconclusive') {
      return [{ verdict: metric.check, because: `${metric.title} is over its budget` }];
    }
    // Less than a warning it cannot be, more than its budget's level neither.
    const verdict = metric.budget?.level === 'error' ? 'inconclusive' : 'warn';
    return [{ verdict, because: `${metric.title} cannot be told from its budget yet` }];
  });
  const verdict = worst(reasons.map((reason) => reason.verdict));
  const because = reasons.find((reason) => reason.verdict === verdict)?.because;
  return { verdict, because: because ?? classification.why };
}

const isWitness = (role: MetricAnalysis['role']): boolean => role === 'live' || role === 'count';
