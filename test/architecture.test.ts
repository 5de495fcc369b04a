import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** Who may import what. `~` is the folder itself; `node` any `node:` module; `npm` any package. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'harness/contracts': ['~', 'npm:zod'],
  'harness/lib': ['~', 'harness/contracts', 'node', 'npm'],
  'harness/define.ts': ['harness/contracts'],
  'harness/native': ['~', 'harness/contracts', 'harness/lib', 'node'],
  'harness/plan': ['~', 'harness/contracts', 'harness/lib', 'node', 'npm'],
  'harness/run': ['~', 'harness/contracts', 'harness/lib', 'harness/ledger', 'node', 'npm'],
  'harness/ledger': ['~', 'harness/contracts', 'harness/lib', 'node', 'npm:csv-parse/sync'],
  'harness/analyze': ['~', 'harness/contracts', 'harness/lib'],
  'harness/verdict': ['~', 'harness/contracts', 'harness/lib'],
  'harness/targets': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'node',
    'npm',
  ],
  'harness/executors': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'node',
    'npm',
  ],
  'harness/allocators': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'node',
    'npm',
  ],
  'harness/services': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'node',
    'npm',
  ],
  'harness/probes': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'harness/native',
    'node',
    'npm',
  ],
  'harness/heap': ['~', 'harness/contracts', 'harness/lib', 'node', 'npm:memlab'],
  'harness/explainers': [
    'private',
    'harness/define.ts',
    'harness/contracts',
    'harness/lib',
    'harness/native',
    'harness/heap',
    'node',
  ],
  'harness/explain': ['~', 'harness/contracts', 'harness/lib', 'harness/run', 'node'],
  scenarios: ['private', 'harness/define.ts', 'harness/contracts', 'harness/lib', 'npm'],
  reports: ['private', 'harness/define.ts', 'harness/contracts', 'harness/lib', 'node', 'npm'],
  'harness/self-test.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/pipeline.ts',
    'harness/registry.ts',
    'node',
  ],
  'harness/api.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/analyze',
    'harness/define.ts',
    'harness/analyze-stored.ts',
    'harness/run-config.ts',
  ],
  'harness/analyze-stored.ts': [
    'harness/contracts',
    'harness/analyze',
    'harness/verdict',
    'harness/pipeline.ts',
  ],
  'harness/run-config.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/plan',
    'harness/run',
    'harness/pipeline.ts',
    'harness/project.ts',
    'harness/user-plug-ins.ts',
    'node',
  ],
  'harness/registry.ts': ['harness/contracts', 'node'],
  'harness/baselines.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/analyze',
    'harness/pipeline.ts',
    'node',
  ],
  'harness/stored-runs.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/plan',
    'harness/run',
    'harness/ledger',
    'harness/pipeline.ts',
    'harness/registry.ts',
    'node',
  ],
  'harness/user-plug-ins.ts': ['harness/contracts', 'harness/lib', 'node'],
  'harness/project.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/plan',
    'harness/registry.ts',
    'harness/user-plug-ins.ts',
    'node',
  ],
  'harness/vitest.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/analyze',
    'harness/plan',
    'harness/run-config.ts',
    'reports/_within-text.ts',
    'node',
    'npm:vitest',
  ],
  'harness/pipeline.ts': [
    'harness/contracts',
    'harness/lib',
    'harness/plan',
    'harness/run',
    'harness/ledger',
    'harness/explain',
    'harness/native',
    'harness/analyze',
    'harness/verdict',
    'harness/registry.ts',
    'node',
  ],
};

/** `lib` is used by the pure stages too: these of its files may not touch node. */
const PURE = ['harness/analyze', 'harness/verdict'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function imports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function ruleOf(file: string): string | undefined {
  const rules = Object.keys(MAY_IMPORT).filter(
    (rule) => file === rule || file.startsWith(`${rule}/`),
  );
  return rules.sort((a, b) => b.length - a.length)[0];
}

function isAllowed(file: string, rule: string, specifier: string): boolean {
  const allowed = MAY_IMPORT[rule] ?? [];
  if (specifier.startsWith('node:')) return allowed.includes('node');
  if (!specifier.startsWith('.'))
    return allowed.includes('npm') || allowed.includes(`npm:${specifier}`);
  const to = relative(ROOT, join(ROOT, dirname(file), specifier));
  if (allowed.includes('~') && to.startsWith(`${rule}/`)) return true;
  if (allowed.includes('private') && to.startsWith(`${rule}/_`)) return true;
  return allowed.some((other) => to === other || to.startsWith(`${other}/`));
}

const FILES = [...sources('harness'), ...sources('scenarios'), ...sources('reports')];

function reach(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const specifier of imports(file)) {
    if (specifier.startsWith('.'))
      reach(relative(ROOT, join(ROOT, dirname(file), specifier)), seen);
    else seen.add(specifier);
  }
  return seen;
}

describe('architecture', () => {
  it('has only the edges of the import table', () => {
    const wrong = FILES.flatMap((file) => {
      const rule = ruleOf(file);
      if (rule === undefined) return [];
      return imports(file)
        .filter((specifier) => !isAllowed(file, rule, specifier))
        .map((specifier) => `${file} -> ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  it('lets nobody import the cli but the cli', () => {
    const wrong = FILES.filter((file) => !file.startsWith('harness/cli/')).flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.includes('/cli/'))
        .map((specifier) => `${file} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the stages after the ledger pure, through everything they import', () => {
    const wrong = FILES.filter((file) =>
      PURE.some((folder) => file.startsWith(`${folder}/`)),
    ).flatMap((file) =>
      [...reach(file)]
        .filter((name) => name.startsWith('node:') || !name.includes('.ts'))
        .map((name) => `${file} => ${name}`),
    );
    expect(wrong.filter((edge) => !edge.endsWith('=> zod'))).toEqual([]);
  });

  it('keeps files under 300 lines and without barrels', () => {
    const long = FILES.filter(
      (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 301,
    );
    expect(long).toEqual([]);
    expect(FILES.filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual([]);
  });

  it('knows a wrong edge when it sees one', () => {
    expect(isAllowed('harness/analyze/x.ts', 'harness/analyze', 'node:fs')).toBe(false);
    expect(isAllowed('harness/targets/a.ts', 'harness/targets', './b.ts')).toBe(false);
    expect(isAllowed('harness/probes/a.ts', 'harness/probes', '../native/walk-heap.ts')).toBe(true);
  });
});
