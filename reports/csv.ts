import { defineReport } from '../harness/define.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { cut } from '../harness/lib/table.ts';

/** Every series whole, one value a line: what a notebook or a spreadsheet reads. */
export default defineReport({
  id: 'csv',
  title: 'All series as CSV',
  fileName: 'series.csv',
  render: ({ cells }) => {
    const lines = ['cell,metric,unit,cycle,value'];
    for (const { cell, metrics } of cells) {
      const cellField = field(cell.id);
      for (const { id, unit, series } of metrics) {
        const head = `${cellField},${field(id)},${unit}`;
        for (const [i, cycle] of series.cycles.entries()) {
          lines.push(`${head},${cycle},${series.values[i] ?? ''}`);
        }
      }
    }
    return `${lines.join('\n')}\n`;
  },
});

/** What a spreadsheet would take for a formula; quotes around it would not stop it. Full-width signs count too. */
const FORMULA = /^["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** Far over any real name; the search for secrets takes square time on one endless word. */
const longest = 2000;

function field(text: string): string {
  const clean = oneLine(cut(text, longest));
  const tame = FORMULA.test(clean) ? `'${clean}` : clean;
  return /[",;']/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
