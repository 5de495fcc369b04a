import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findConfig } from '../plan/load-config.ts';

/** An agent worker that the project seems to be. */
export interface FoundAgent {
  readonly file: string;
  readonly command: string;
  /** The name it registers under; empty when it takes every job. */
  readonly name: string;
}

/** What can be found out about a project without asking. */
export interface ProjectFacts {
  readonly config: string | undefined;
  readonly writesTypeScript: boolean;
  readonly hasTidemark: boolean;
  /** Package -> version that is installed, or that its package.json asks for. */
  readonly packages: Readonly<Record<string, string>>;
  readonly agent: FoundAgent | undefined;
}

const LIVEKIT = ['@livekit/rtc-node', 'livekit-client', '@livekit/agents'];
const SKIPPED = /^(\..*|node_modules|venv|env|dist|build|__pycache__|tests?)$/;
const PYTHON_AGENT = /^\s*(from|import)\s+livekit\b[^\n]*agents|livekit\.agents/m;
const PYTHON_START = /\bcli\.run_app\s*\(/;
const NODE_AGENT = /@livekit\/agents['"]/;
const NODE_START = /\bcli\.runApp\s*\(/;
const AGENT_NAME = /\bagent(?:_name\s*=|Name\s*:)\s*(?:'([^'\n]+)'|"([^"\n]+)")/;
const mostFiles = 400;
const mostBytes = 512 * 1024;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readJson(file: string): Readonly<Record<string, unknown>> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    // A manifest that cannot be read says nothing; npm will complain about it.
    return undefined;
  }
}

/** `^1.1.0` -> `1.1.0`; a tag or an address has no version in it. */
const versionIn = (range: string): string | undefined => /\d+\.\d+\.\d+[\w.-]*/.exec(range)?.[0];

function packageVersions(folder: string, asked: Readonly<Record<string, string>>) {
  const found: Record<string, string> = {};
  for (const name of LIVEKIT) {
    if (asked[name] === undefined) continue;
    const installed = readJson(join(folder, 'node_modules', name, 'package.json'))?.version;
    found[name] = typeof installed === 'string' ? installed : (versionIn(asked[name]) ?? '');
  }
  return found;
}

/** Source files of the project, two folders deep. */
function sourceFiles(folder: string, endings: RegExp): string[] {
  const files: string[] = [];
  const visit = (at: string, depth: number): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (files.length >= mostFiles) return;
      const path = join(at, entry.name);
      if (entry.isDirectory() && depth < 2 && !SKIPPED.test(entry.name)) visit(path, depth + 1);
      else if (entry.isFile() && endings.test(entry.name)) files.push(path);
    }
  };
  visit(folder, 0);
  return files.filter((file) => statSync(file).size < mostBytes).sort();
}

function pythonOf(folder: string): string {
  if (existsSync(join(folder, 'uv.lock'))) return 'uv run python';
  const own = ['.venv', 'venv'].map((name) => `${name}/bin/python`);
  return own.find((file) => existsSync(join(folder, file))) ?? 'python3';
}

function nodeCommand(folder: string, file: string): string {
  if (!/\.[cm]?ts$/.test(file)) return `node ${file} start`;
  const name = file.replace(/^src\//, '').replace(/\.([cm]?)ts$/, '.$1js');
  const built = ['dist', 'build', 'lib'].map((out) => join(out, name));
  const there = built.find((candidate) => existsSync(join(folder, candidate)));
  return there === undefined ? `node dist/${name} start` : `node ${there} start`;
}

function agentName(text: string): string {
  const [, single, double] = AGENT_NAME.exec(text) ?? [];
  return single ?? double ?? '';
}

function findAgent(folder: string): FoundAgent | undefined {
  for (const path of sourceFiles(folder, /\.(py|[cm]?[jt]s)$/)) {
    const text = readFileSync(path, 'utf8');
    const isPython = path.endsWith('.py');
    const [imports, starts] = isPython ? [PYTHON_AGENT, PYTHON_START] : [NODE_AGENT, NODE_START];
    if (!imports.test(text) || !starts.test(text)) continue;
    const file = relative(folder, path);
    const command = isPython ? `${pythonOf(folder)} ${file} start` : nodeCommand(folder, file);
    return { file, command, name: agentName(text) };
  }
  return undefined;
}

/** Looks at a folder as its owner would describe it. */
export function lookAtProject(folder: string): ProjectFacts {
  const manifest = (readJson(join(folder, 'package.json')) ?? {}) as Manifest;
  const asked = { ...manifest.dependencies, ...manifest.devDependencies };
  return {
    config: findConfig(undefined, folder),
    writesTypeScript: existsSync(join(folder, 'tsconfig.json')) || asked.typescript !== undefined,
    hasTidemark: asked.tidemark !== undefined,
    packages: packageVersions(folder, asked),
    agent: findAgent(folder),
  };
}
