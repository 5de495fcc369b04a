import type { CellFailure, Classification } from '../contracts/result.ts';
import type { Finding } from './rules/finding.ts';
import { RULES, type Rule } from './rules.ts';
import type { Scene } from './scene.ts';

interface Applied {
  readonly rule: Rule;
  readonly finding: Finding;
}

/** Applies the table: the first rule that fits decides, the others that fit are evidence for or against it. */
export function classifyCell(scene: Scene, failure: CellFailure | null): Classification {
  const applied = applyRules(scene);
  const [first] = applied;
  if (first === undefined) throw new Error('the table of rules has no last row');
  const { classification: kind } = first.rule;
  const leaks = kind === 'leak' || kind === 'mixed';
  const agreeing = leaks ? applied.filter(({ rule }) => claimsLeak(rule)) : [];
  return {
    kind,
    leaking: [...new Set(agreeing.flatMap(({ finding }) => finding.leaking ?? []))],
    driver: leaks ? driverOf(scene, agreeing) : null,
    why: `${first.finding.says}${failureClause(failure)}`,
    wouldDecide: kind === 'undecided' ? whatWouldDecide(applied) : null,
    evidence: applied.map(({ rule, finding }) => ({
      rule: rule.id,
      says: finding.says,
      supports: rule.classification,
    })),
  };
}

/** More cycles settle a witness that is open, but not growth of which nobody can say whether it is live. */
function whatWouldDecide([first, ...others]: readonly Applied[]): string | null {
  const blind = others.find(({ rule }) => rule.id === 'blind-growth')?.finding.wouldDecide;
  const wanted = [first?.finding.wouldDecide, blind].flatMap((text) => text ?? []);
  return wanted.length === 0 ? null : wanted.join(', and ');
}

/** `otherwise` is for when nothing else fits; beside another rule it would say nothing. */
function applyRules(scene: Scene): Applied[] {
  const applied: Applied[] = [];
  for (const rule of RULES) {
    if (rule.id === 'otherwise' && applied.length > 0) continue;
    const finding = rule.find(scene);
    if (finding !== null) applied.push({ rule, finding });
  }
  return applied;
}

const claimsLeak = ({ classification }: Rule): boolean =>
  classification === 'leak' || classification === 'mixed';

/** Growth in a held room explains growth with cycles, not the other way round. */
const driverOf = ({ own }: Scene, applied: readonly Applied[]): 'cycles' | 'time' =>
  own.cell.pace === 'time' || applied.some(({ finding }) => finding.driver === 'time')
    ? 'time'
    : 'cycles';

function failureClause(failure: CellFailure | null): string {
  if (failure === null) return '';
  return ` (the cell failed in cycle ${failure.cycle}: what it is was read from the cycles before)`;
}
