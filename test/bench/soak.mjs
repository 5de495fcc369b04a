// The pair at several lengths, three fresh processes per cell: `npm run soak [cycles...]` (default 40 100 300).
// Prints one row per cell and repeat; exits 1 when a cell is not what it is declared to be.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const lengths = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['40', '100', '300'];
const rows = [];
for (const cycles of lengths) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-soak-'));
  const args = ['bin/tidemark.js', 'run', '--config', 'scenarios/suites/pair.json'];
  const more = ['--cycles', cycles, '--repeats', '3', '--out', out];
  spawnSync(process.execPath, [...args, ...more], { stdio: ['ignore', 'ignore', 'inherit'] });
  const result = JSON.parse(readFileSync(join(out, readdirSync(out)[0], 'result.json'), 'utf8'));
  for (const cell of result.cells) {
    const truth = result.truths.find((check) => check.cell === cell.cell.id);
    const metric =
      cell.metrics.find(({ id }) => id === 'native.live') ??
      cell.metrics.find(({ id }) => id === 'memory.anonymous');
    rows.push({
      cycles: Number(cycles),
      cell: cell.cell.id,
      got: truth?.got ?? cell.classification.kind,
      holds: truth?.holds ?? false,
      metric: metric?.id,
      'KiB/cycle': metric === undefined ? '' : (metric.trend.slopePerCycle / 1024).toFixed(1),
    });
  }
  rmSync(out, { recursive: true, force: true });
}
console.table(rows);
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
