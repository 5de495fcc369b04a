/**
 * The full bench of judges. From the repository's root:
 *
 *   npx tsc -p test/bench/judges/tsconfig.json && \
 *   node node_modules/.cache/judges/test/bench/judges/main.js [--reps 300] [--points 20,50,100,200] [--known]
 *        [--seed N] [--only PATTERN] [--looks] [--speed] [--ledgers]
 *
 * Parameters (noise, correlation, spikes, sizes, time constants, budgets) and seeds are redrawn unless --known is given.
 * The default prints, besides the tables, the allocator swap, how often intervals miss, and the stored runs (`--ledgers`
 * alone prints only these). About ten minutes for all families at 300 repetitions on one core.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coverageTable } from './coverage.ts';
import { ledgersTable } from './ledgers.ts';
import { swapTable } from './swap.ts';
import { judgeTable, looksTable, timeJudging } from './table.ts';

const { values } = parseArgs({
  options: {
    reps: { type: 'string', default: '300' },
    points: { type: 'string', default: '20,50,100,200' },
    known: { type: 'boolean', default: false },
    seed: { type: 'string' },
    only: { type: 'string' },
    looks: { type: 'boolean', default: false },
    speed: { type: 'boolean', default: false },
    ledgers: { type: 'boolean', default: false },
  },
});

const golden = join(process.cwd(), 'test/golden');
const seed = Number(values.seed ?? (values.known ? 1 : Math.floor(Math.random() * 1e6)));
const options = {
  points: values.points.split(',').map(Number),
  repetitions: Number(values.reps),
  redraw: !values.known,
  seed,
  ...(values.only === undefined ? {} : { only: new RegExp(values.only) }),
};

console.log(`Seed ${seed}, ${options.repetitions} repetitions; P(says growing).\n`);
if (values.speed) {
  const clock = (): number => performance.now();
  timeJudging(500, clock);
  console.log(`all families: ${timeJudging(3000, clock).toFixed(3)} ms per series of 200 points`);
  const quiet = timeJudging(3000, clock, /white|AR |shrinking|flicker|leak 64/);
  console.log(`mostly quiet: ${quiet.toFixed(3)} ms per series of 200 points`);
} else if (values.ledgers) {
  console.log(ledgersTable(golden));
} else if (values.looks) {
  console.log(looksTable(options));
} else {
  console.log(judgeTable(options));
  if (options.only === undefined) {
    console.log(`${swapTable(options)}\n\n${coverageTable(options)}\n\n${ledgersTable(golden)}`);
  }
}
