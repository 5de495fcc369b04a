import { join } from 'node:path';

/**
 * Fetches all real parts that tests use into the cache: node _fetch.mjs <dist>. One builds, the others mostly wait for the
 * network: in lanes of their own. What cannot be had is a line; the test that needs it tells the rest.
 */
const [dist] = process.argv.slice(2);
const use = async (name) => (await import(join(dist, 'harness', `${name}.js`))).default;
const { cacheDir } = await import(join(dist, 'harness/lib/cache-dir.js'));
const { npmInstall } = await import(join(dist, 'harness/lib/npm-install.js'));
const { parseTargetSpec } = await import(join(dist, 'harness/plan/parse-target-spec.js'));

const stop = new AbortController();
// Also when whoever runs the tests is killed.
process.stdin.once('close', () => stop.abort(new Error('the tests have ended')));
process.stdin.resume().unref();
const { signal } = stop;
const say = (line) => process.stderr.write(`parts of the tests: ${line}\n`);
const setup = { cacheDir: cacheDir(), log: say, signal };

const targets = (id, versions) =>
  versions.map((version) => async () => {
    const target = await use(`targets/${id}`);
    await target.ensure(parseTargetSpec(`${id}@${version}`), setup);
  });

const LANES = [
  [async () => (await use('services/livekit-server')).ensure(setup)],
  // The first client fetches the browser too.
  [
    async () => (await use('allocators/jemalloc')).ensure(setup),
    ...targets('livekit-client', ['2.22.0', '2.22.4', '2.23.0']),
  ],
  targets('livekit-agents', ['1.0.17']),
  [
    ...targets('rtc-node', [
      '1.1.0',
      '1.1.0+ffi0.12.80',
      '0.13.20',
      '0.13.22',
      '0.13.25',
      '0.13.26',
    ]),
    // As in test/e2e/agents.test.ts.
    async () =>
      npmInstall({
        folder: join(setup.cacheDir, 'test', 'agents-js-1.9.0'),
        dependencies: { '@livekit/agents': '1.9.0' },
        signal,
      }),
  ],
];

async function work(lane) {
  for (const fetchOne of lane) {
    if (signal.aborted) return;
    try {
      await fetchOne();
    } catch (error) {
      if (!signal.aborted) say(error.message);
    }
  }
}

await Promise.all(LANES.map(work));
