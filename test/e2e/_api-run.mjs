// Runs a program through the Node API: node _api-run.mjs <dist> <command line>; says each cycle that was sampled.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist = '', command = ''] = process.argv.slice(2);
const { run } = await import(pathToFileURL(join(dist, 'harness/api.js')).href);
await run(
  {
    scenarios: ['program-cycle'],
    targets: ['program'],
    allocators: ['glibc'],
    cycles: 1000,
    out: 'runs',
    command,
  },
  {
    onProgress: (progress) => {
      if (progress.kind === 'sampled') console.log(`cycle ${progress.sample.cycle} done`);
    },
  },
);
