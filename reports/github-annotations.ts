import type { VerdictKind } from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { cut, cutMiddle } from '../harness/lib/table.ts';
import { idleTruths, outcomesOf } from './_outcomes.ts';
import { type CellGroup, groupRepeats } from './_repeats.ts';

/** Workflow commands: a step that prints this file puts them on the run. */
export default defineReport({
  id: 'github-annotations',
  title: 'GitHub annotations, one per cell',
  fileName: 'github-annotations.txt',
  render: (result) => {
    const lines = [
      ...groupRepeats(outcomesOf(result)).flatMap(annotation),
      ...idleTruths(result).map((cell) =>
        command('error', 'declared truth', `fits no cell of the run: ${cell}`),
      ),
      ...result.plan.skipped.map(({ cell, reason }) =>
        command('notice', `${cell.id}: skipped`, reason),
      ),
    ];
    const isRed = lines.some((line) => !line.startsWith('::notice'));
    const whole = `the run is ${result.verdict} (exit code ${result.exitCode}); ${result.warnings.join('; ')}`;
    const all =
      isRed || result.exitCode === 0 ? lines : [command('error', 'tidemark', whole), ...lines];
    return all.map((line) => `${line}\n`).join('');
  },
});

type Level = 'error' | 'warning' | 'notice';

const LEVELS: Readonly<Record<VerdictKind, Level | null>> = {
  pass: null,
  warn: 'warning',
  // It ends the job as an error does: a red job without a red line sends people looking.
  inconclusive: 'error',
  fail: 'error',
  broken: 'error',
};

function annotation({ id, worst, alike, repeats }: CellGroup): string[] {
  const level = LEVELS[worst.verdict];
  if (level === null) return [];
  const times = repeats > 1 ? ` (${alike} of ${repeats} repeats)` : '';
  const what = worst.verdict === 'fail' ? worst.cell.classification.kind : worst.verdict;
  return [command(level, `${cutMiddle(id, 150)}: ${what}${times}`, worst.says)];
}

/** Longer ones GitHub cuts or drops. */
const mostOfTitle = 250;
const mostOfMessage = 4000;

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function command(level: Level, title: string, message: string): string {
  const told = escapeData(cut(oneLine(cut(message, 2 * mostOfMessage)), mostOfMessage));
  return `::${level} title=${escapeProperty(cut(oneLine(cut(title, 2 * mostOfTitle)), mostOfTitle))}::${told}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
