import type { SkippedCell } from '../harness/contracts/plan.ts';
import type { RunResult, VerdictKind } from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { failureText } from '../harness/lib/failure-text.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { cut } from '../harness/lib/table.ts';
import { findingsIn, findingText } from './_budget-words.ts';
import { figure, leadingMetrics, meaning, restlessCounts } from './_metric-words.ts';
import { idleTruths, type Outcome, outcomesOf } from './_outcomes.ts';

/** A breach is a failure, a broken target an error; inconclusive is an error too: nothing was breached, nothing passed. */
export default defineReport({
  id: 'junit',
  title: 'JUnit XML, one test case per cell',
  fileName: 'junit.xml',
  render: (result) => {
    const cases = casesOf(result);
    const count = (kind: Problem['kind']): number =>
      cases.filter(({ problem }) => problem?.kind === kind).length;
    const totals = attributes({
      name: 'tidemark',
      tests: String(cases.length),
      failures: String(count('failure')),
      errors: String(count('error')),
      skipped: String(count('skipped')),
      timestamp: result.startedAt.slice(0, 19),
      time: secondsOf(result),
    });
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites${totals}>`,
      `<testsuite${totals}>`,
      `<properties><property${attributes({ name: 'run', value: result.runId })}/></properties>`,
      ...cases.map(testCase),
      '</testsuite>',
      '</testsuites>',
      '',
    ].join('\n');
  },
});

interface Problem {
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  readonly detail: string;
}

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly problem: Problem | null;
  readonly output: string;
}

function casesOf(result: RunResult): Case[] {
  const cases = [
    ...outcomesOf(result).map((outcome) => cellCase(outcome, result)),
    ...result.plan.skipped.map(skippedCase),
    ...idleTruths(result).map(strayTruth),
  ];
  const isRed = cases.some(({ problem }) => problem !== null && problem.kind !== 'skipped');
  // A gate that reads only this file must not be greener than the exit code.
  return isRed || result.exitCode === 0 ? cases : [...cases, wholeRun(result)];
}

const KINDS: Readonly<Record<VerdictKind, Problem['kind'] | null>> = {
  pass: null,
  warn: null,
  fail: 'failure',
  inconclusive: 'error',
  broken: 'error',
};

function cellCase({ cell, verdict, says }: Outcome, result: RunResult): Case {
  const kind = KINDS[verdict];
  const metrics = [...leadingMetrics(cell), ...restlessCounts(cell)].map((metric) =>
    [`${metric.title}: ${figure(metric)}`, meaning(metric)]
      .filter((text) => text !== '')
      .join(', '),
  );
  const type = verdict === 'fail' ? cell.classification.kind : verdict;
  const { failure } = cell;
  const ended = failure === null ? [] : [failureText(failure)];
  const found = findingsIn(result, cell.cell.id).map((one) => `fingerprint: ${findingText(one)}`);
  const detail = [says, ...ended, ...found, ...metrics].map(clean).join('\n');
  return {
    suite: `${cell.cell.scenario}/${cell.cell.target.text}`,
    name: cell.cell.id,
    problem: kind === null ? null : { kind, type, message: says, detail },
    output: kind === null ? [`${verdict}: ${says}`, ...metrics].map(clean).join('\n') : '',
  };
}

function skippedCase({ cell, reason, hint }: SkippedCell): Case {
  const message = hint === undefined ? reason : `${reason} (${hint})`;
  return {
    suite: `${cell.scenario}/${cell.target.text}`,
    name: cell.id,
    problem: { kind: 'skipped', type: 'skipped', message, detail: '' },
    output: '',
  };
}

function strayTruth(cell: string): Case {
  const message = `a declared truth fits no cell of the run: ${cell}`;
  const problem: Problem = { kind: 'error', type: 'declared-truth', message, detail: '' };
  return { suite: 'truths', name: cell, problem, output: '' };
}

function wholeRun({ verdict, exitCode, warnings }: RunResult): Case {
  const message = `the run is ${verdict} (exit code ${exitCode})`;
  const detail = warnings.map(clean).join('\n');
  return {
    suite: 'run',
    name: 'run',
    problem: { kind: 'error', type: verdict, message, detail },
    output: '',
  };
}

function testCase({ suite, name, problem, output }: Case): string {
  const head = `<testcase${attributes({ classname: suite, name })}`;
  if (problem === null) return `${head}><system-out>${escapeXml(output)}</system-out></testcase>`;
  const { kind, type, message, detail } = problem;
  const tag =
    kind === 'skipped'
      ? `<skipped${attributes({ message })}/>`
      : `<${kind}${attributes({ message, type })}>${escapeXml(detail)}</${kind}>`;
  return `${head}>${tag}</testcase>`;
}

function secondsOf({ startedAt, finishedAt }: RunResult): string {
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  return Number.isFinite(ms) ? (Math.max(0, ms) / 1000).toFixed(3) : '0';
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${escapeXml(clean(value))}"`)
    .join('');
}

const longest = 4000;
const clean = (text: string): string => oneLine(cut(text, longest));

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 cannot hold at all, not even as a number: halves of surrogate pairs and non-characters. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}
