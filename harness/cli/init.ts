import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EXIT, type ExitCode } from '../contracts/errors.ts';
import { loadRegistry } from '../registry.ts';
import { planInit } from './init-files.ts';
import { lookAtProject, type ProjectFacts } from './look-at-project.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function advice({ hasTidemark, writesTypeScript }: ProjectFacts, folder: string): string[] {
  const ignored = join(folder, '.gitignore');
  const isIgnored =
    existsSync(ignored) && /^\/?reports\/out\b/m.test(readFileSync(ignored, 'utf8'));
  return [
    ...(hasTidemark || !writesTypeScript
      ? []
      : ['for types in the editor: npm install --save-dev tidemark']),
    ...(isIgnored ? [] : ['runs are kept in reports/out: add it to .gitignore']),
  ];
}

/** `tidemark init`: a config and a first scenario that fit the folder; what is there already stays as it is. */
export async function init(folder = process.cwd()): Promise<ExitCode> {
  const facts = lookAtProject(folder);
  if (facts.config !== undefined) {
    say(`${relative(folder, facts.config)} is there already: nothing was written`);
    say('next: npx tidemark run');
    return EXIT.pass;
  }
  const { files, because } = planInit(facts, (await loadRegistry()).targets);
  say(because);
  for (const { path, text } of files) {
    const file = join(folder, path);
    if (existsSync(file)) {
      say(`kept    ${path}, which was there already`);
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    say(`wrote   ${path}`);
  }
  for (const line of advice(facts, folder)) say(line);
  say('next: npx tidemark run --cycles 25');
  return EXIT.pass;
}
