import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetFacts } from '../contracts/ledger.ts';
import { defineTarget } from '../define.ts';
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
  executors: ['inline'],
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
      const facts = readFacts(host, versions, ctx.cacheDir);
      return {
        processes: [{ pid: child.pid, role: 'job' }],
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

/** What was really loaded, from the memory map: several SDK versions pin the same binary, and overrides can fail. */
function readFacts(host: HostProcess, wanted: RtcNodeVersions, cacheDir: string): TargetFacts {
  const binaries = mappedFiles(host.child.pid).filter((file) => file.endsWith('.node'));
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
