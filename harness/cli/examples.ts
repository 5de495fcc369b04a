import type { Command } from 'commander';

/** At least one command line for every command, to be copied. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  run: [
    'npx tidemark run --target rtc-node@1.1.0 --target rtc-node@1.1.0+ffi0.12.80 --cycles 60',
    'npx tidemark run --until-decided --allocator glibc --allocator jemalloc',
    "npx tidemark run --scenario program-cycle --target program --command 'node my-program.js'",
    'npx tidemark run --config ci/soak.config.ts --out soak-runs',
  ],
  setup: ['npx tidemark setup', 'npx tidemark setup --target rtc-node@1.1.0 --allocator jemalloc'],
  inspect: ['npx tidemark inspect 4242', 'npx tidemark inspect 4242 --tree --watch 5s'],
  analyze: [
    'npx tidemark analyze reports/out/20261121-072730-229d',
    'npx tidemark analyze --csv rss.csv --budget 16KiB/cycle',
  ],
  report: ['npx tidemark report reports/out/20261121-072730-229d --format html junit'],
  merge: ['npx tidemark merge shard-1 shard-2 shard-3 shard-4 --out reports/out'],
  compare: [
    'npx tidemark compare reports/out/20261114-072730-1c2d reports/out/20261121-072730-229d',
    'npx tidemark compare tidemark-baseline.json reports/out/20261121-072730-229d --json',
  ],
  baseline: [
    'npx tidemark baseline save reports/out/20261121-072730-229d',
    'npx tidemark baseline show',
  ],
  explain: [
    'npx tidemark explain reports/out/20261121-072730-229d',
    'npx tidemark explain reports/out/20261121-072730-229d --cell glibc --redact',
  ],
  list: ['npx tidemark list', 'npx tidemark list --json'],
  init: ['npx tidemark init'],
  doctor: ['npx tidemark doctor', 'npx tidemark doctor --self-test'],
  completions: [
    'source <(tidemark completions bash)',
    'source <(tidemark completions zsh)',
    'tidemark completions fish | source',
  ],
};

/** Puts its examples under the help of every command. */
export function addExamples(program: Command): void {
  for (const command of program.commands) {
    const lines = EXAMPLES[command.name()] ?? [];
    if (lines.length === 0) continue;
    const title = lines.length === 1 ? 'Example' : 'Examples';
    command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
