import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetFacts } from '../contracts/ledger.ts';
import type { TargetContext } from '../contracts/plugins.ts';
import { defineTarget } from '../define.ts';
import { processTree } from '../lib/proc.ts';
import { mappedFiles } from '../lib/proc-maps.ts';
import { launchCommand } from './_launch-command.ts';
import { nodeRuntime } from './_node-runtime.ts';
import {
  entryOf,
  folderOf,
  install,
  type RtcNodeVersions,
  versionsOf,
} from './_rtc-node-install.ts';
import { type HostProcess, startHost, tidemarkFolder } from './_rtc-node-process.ts';

/** `@livekit/rtc-node` in a Node process of its own. An empty room's memory is given back within 1 s of leaving. */
export default defineTarget({
  id: 'rtc-node',
  title: 'LiveKit rtc-node',
  capabilities: ['join', 'media'],
  executors: ['inline', 'thread', 'process'],
  allocators: 'any',

  check(spec) {
    versionsOf(spec);
  },

  async ensure(spec, ctx) {
    await install(versionsOf(spec), ctx);
  },

  async start(ctx) {
    const versions = versionsOf(ctx.spec);
    const entry = await entryOf(folderOf(versions, ctx.cacheDir));
    const host = await startHost(entry, ctx);
    const { child, inspector } = host;
    const stop = async (): Promise<void> => {
      inspector.close();
      await child.stop();
    };
    try {
      const facts = await readFacts(host, versions, ctx);
      return {
        processes: [{ pid: child.pid, role: ctx.executor === 'process' ? 'supervisor' : 'job' }],
        runtimes: [nodeRuntime(child.pid, inspector)],
        exited: child.exited,
        facts: async () => facts,
        join: host.join,
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
});

/** Name of a job that only loads the SDK and ends: a supervisor itself loads none. */
const FIRST_JOB = { identity: 'tidemark-first' };

async function loadedBinaries({ child, call }: HostProcess, executor: string): Promise<string[]> {
  if (executor !== 'inline') await call('open', FIRST_JOB);
  const files = processTree(child.pid).flatMap((pid) => mappedFiles(pid));
  if (executor !== 'inline') await call('close', FIRST_JOB);
  return [...new Set(files)].filter((file) => file.endsWith('.node'));
}

/** What was really loaded, from the memory map: several SDK versions pin the same binary, and overrides can fail. */
async function readFacts(
  host: HostProcess,
  wanted: RtcNodeVersions,
  { cacheDir, executor }: TargetContext,
): Promise<TargetFacts> {
  const binaries = await loadedBinaries(host, executor);
  const versions: Record<string, string> = { 'rtc-node': wanted.sdk, node: process.versions.node };
  for (const binary of binaries) {
    const { name, version } = manifestOf(binary);
    versions[name.includes('rtc-ffi-bindings') ? 'ffi' : basename(name)] = version;
  }
  if (binaries.length === 0) throw new TidemarkError('target', 'rtc-node loaded no native binary');
  if (wanted.ffi !== null && versions.ffi !== wanted.ffi) {
    throw new TidemarkError('target', `FFI ${versions.ffi} was loaded, not ${wanted.ffi}`, {
      hint: 'remove this version from the cache, then run `tidemark setup` again',
    });
  }
  return {
    versions,
    launchCommand: launchCommand(host.words, { cacheDir, tidemark: tidemarkFolder() }),
    nativeBinaries: binaries.map((file) => basename(file)),
  };
}

/** The package a file belongs to. */
function manifestOf(file: string): { name: string; version: string } {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8'));
  }
  return { name: basename(file), version: 'unknown' };
}
