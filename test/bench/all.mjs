// Every benchmark, one after another: `npm run bench`. Each prints its own table; figures are ratios or CPU times.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const APART = ['all.mjs', 'soak.mjs', 'libcs.mjs'];
const folder = import.meta.dirname;
for (const name of readdirSync(folder).filter(
  (file) => file.endsWith('.mjs') && !APART.includes(file),
)) {
  console.log(`\n## ${name}`);
  const { status } = spawnSync(process.execPath, [join(folder, name)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
