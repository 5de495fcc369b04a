/**
 * The full bench of judges. From the repository's root:
 *
 *   npx tsc -p test/bench/judges/tsconfig.json && \
 *   node node_modules/.cache/judges/test/bench/judges/main.js [--reps 300] [--points 20,50,100,200] [--known]
 *        [--seed N] [--only PATTERN] [--looks] [--speed]
 *
 * Parameters (noise, correlation, spikes, sizes, time constants, budgets) and seeds are redrawn unless --known is given.
 * About ten minutes for all families at 300 repetitions on one core.
 */
import { parseArgs } from 'node:util';
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
  },
});

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
} else {
  console.log(values.looks ? looksTable(options) : judgeTable(options));
}
