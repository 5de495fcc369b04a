import type { CellAnalysis, MetricAnalysis, RunResult } from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { fingerprint } from '../harness/lib/fingerprint.ts';
import { isKnown } from '../harness/lib/format.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { cut } from '../harness/lib/table.ts';
import { outcomesOf } from './_outcomes.ts';

/**
 * OpenMetrics text for the textfile collector of Prometheus' node_exporter, which reads files that end in `.prom` and
 * refuses time stamps. Gauges only: both formats know them.
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export default defineReport({
  id: 'openmetrics',
  title: 'OpenMetrics text for a Prometheus textfile collector',
  fileName: 'tidemark.prom',
  render: (result) => {
    const families = [...runFamilies(result), ...cellFamilies(result), ...metricFamilies(result)];
    return `${families
      .filter(({ samples }) => samples.length > 0)
      .flatMap(linesOf)
      .join('\n')}\n# EOF\n`;
  },
});

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

/** All lines of a family stand together, and no two samples of it have the same labels. */
function linesOf({ name, help, samples }: Family): string[] {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`);
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${escaped(help)}`, ...new Set(lines)];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(clean(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const longest = 500;
/** Names that are cut stay different: two samples of one family may not have the same labels. */
function clean(text: string): string {
  const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  if (whole.length <= longest) return oneLine(whole);
  return `${oneLine(cut(whole, longest))} ${fingerprint([whole])}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function runFamilies(result: RunResult): Family[] {
  const { runId, exitCode, finishedAt, plan } = result;
  const seconds = Date.parse(finishedAt) / 1000;
  return [
    {
      name: 'tidemark_run_info',
      help: 'The run that this file is about.',
      samples: [{ labels: { run: runId, version: plan.tidemarkVersion }, value: 1 }],
    },
    {
      name: 'tidemark_run_exit_code',
      help: '0 pass, 1 a leak or a breach, 3 inconclusive, 4 broken, 130 interrupted.',
      samples: [{ labels: {}, value: exitCode }],
    },
    {
      name: 'tidemark_run_finished_timestamp_seconds',
      help: 'When the last line of the ledger was written.',
      samples: Number.isFinite(seconds) ? [{ labels: {}, value: seconds }] : [],
    },
  ];
}

const cellLabels = ({ cell }: CellAnalysis): Labels => ({
  scenario: cell.scenario,
  target: cell.target.text,
  executor: cell.executor,
  allocator: cell.allocator,
  repeat: String(cell.repeat),
});

const VERDICTS = ['pass', 'warn', 'fail', 'inconclusive', 'broken'] as const;

function cellFamilies(result: RunResult): Family[] {
  const outcomes = outcomesOf(result);
  return [
    {
      name: 'tidemark_cell_verdict',
      help: '1 for the verdict that the cell has, 0 for the others.',
      samples: outcomes.flatMap(({ cell, verdict }) =>
        VERDICTS.map((one) => ({
          labels: { ...cellLabels(cell), verdict: one },
          value: one === verdict ? 1 : 0,
        })),
      ),
    },
    {
      name: 'tidemark_cell_cycles',
      help: 'Cycles that were measured.',
      samples: outcomes.map(({ cell }) => ({ labels: cellLabels(cell), value: cell.cyclesDone })),
    },
  ];
}

interface Figure {
  readonly name: string;
  readonly help: string;
  readonly of: (metric: MetricAnalysis) => number | null | undefined;
}

/** Of each what is told in bytes and what is told in numbers are two families: a unit belongs into the name. */
const FIGURES: readonly Figure[] = [
  {
    name: 'tidemark_growth_per_cycle',
    help: 'Growth per cycle at rest.',
    of: ({ trend }) => trend.slopePerCycle,
  },
  {
    name: 'tidemark_growth_per_cycle_low',
    help: 'Lower end of its 95 % interval.',
    of: ({ trend }) => trend.intervalLow,
  },
  {
    name: 'tidemark_growth_per_cycle_high',
    help: 'Upper end of its 95 % interval.',
    of: ({ trend }) => trend.intervalHigh,
  },
  {
    name: 'tidemark_growth_per_cycle_detectable',
    help: 'The smallest growth per cycle that the run could have seen.',
    of: ({ trend }) => trend.minimumDetectableSlope,
  },
  {
    name: 'tidemark_growth_per_cycle_budget',
    help: 'Growth per cycle that the budget allows.',
    of: ({ budget }) => budget?.maxPerCycle,
  },
  {
    name: 'tidemark_last',
    help: 'Value at rest after the last cycle.',
    of: ({ series }) => series.values.at(-1),
  },
];

function metricFamilies({ cells }: RunResult): Family[] {
  return FIGURES.flatMap(({ name, help, of }) =>
    (['bytes', 'count'] as const).map((unit) => ({
      name: `${name}_${unit}`,
      help: `${help} In ${unit === 'bytes' ? 'bytes' : 'numbers of things'}.`,
      samples: cells.flatMap((cell) =>
        cell.metrics
          .filter((metric) => metric.unit === unit && metric.check !== 'off')
          .flatMap((metric) => {
            const value = of(metric);
            if (value === null || value === undefined || !isKnown(value)) return [];
            return [{ labels: { ...cellLabels(cell), metric: metric.id }, value }];
          }),
      ),
    })),
  );
}
