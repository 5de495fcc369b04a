import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import type { HeapWalk } from '../contracts/native.ts';
import { formatAmount } from '../lib/format.ts';
import { roledProcesses } from '../lib/process-roles.ts';
import { sleep } from '../lib/sleep.ts';
import { parseDuration } from '../lib/units.ts';
import { type Inspection, inspectProcess } from '../pipeline.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';

export interface InspectFlags {
  json?: boolean;
  watch?: string;
  census?: boolean;
  tree?: boolean;
  stop?: boolean;
}

const FEW_CLASSES = 5;
const QUALITY_MEANS: Readonly<Record<HeapWalk['quality'], string>> = {
  exact: 'no thread ran while it was read',
  consistent: 'an estimate: a thread ran while it was read (--stop gives an exact one)',
  inconsistent: 'not to be trusted',
};

const bytes = (value: number): string => formatAmount(value, 'bytes');
const row = (name: string, text: string): string => `  ${name.padEnd(16)} ${text}`;

function heapRows(walk: HeapWalk): string[] {
  return [
    row('live', `${bytes(walk.liveBytes)}  handed out and not freed`),
    row('slack pinned', `${bytes(walk.pinnedBytes)}  free, on pages that also hold live bytes`),
    row(
      'slack trimmable',
      `${bytes(walk.trimmableBytes)}  free pages; malloc_trim would return ${bytes(walk.trimReturnsBytes)}`,
    ),
    row('own mappings', `${bytes(walk.mmappedBytes)} in ${walk.mmappedCount} large blocks`),
    row(
      'reading',
      `${walk.quality}: ${QUALITY_MEANS[walk.quality]}${walk.stoppedMs > 0 ? `; the process stood still for ${Math.round(walk.stoppedMs)} ms` : ''}`,
    ),
  ];
}

function censusRows(walk: HeapWalk, all: boolean): string[] {
  const shown = all ? walk.census : walk.census.slice(0, FEW_CLASSES);
  const rows = shown.map(
    ({ sizeBytes, count }) =>
      `${`${sizeBytes} B`.padStart(12)} x ${String(count).padEnd(9)} ${bytes(sizeBytes * count)}`,
  );
  return ['  biggest size classes of live blocks', ...rows.map((text) => `    ${text}`)];
}

const counts = (named: Inspection['threads']): string =>
  `${named.reduce((sum, { count }) => sum + count, 0)}: ${named.map(({ name, count }) => `${name} ${count}`).join(', ')}`;

function toText(seen: Inspection, all: boolean): string {
  const { map, breakdown, walk } = seen;
  const parts = Object.entries(breakdown)
    .filter(([name, value]) => name !== 'residentBytes' && value > 0)
    .map(([name, value]) => `${name.replace('Bytes', '')} ${bytes(value)}`);
  return [
    `${seen.name} (${seen.pid}) · ${seen.allocator} · resident ${bytes(map.rssBytes)}, peak ${bytes(map.peakRssBytes)}, swapped ${bytes(map.swapBytes)}`,
    ...(walk === null
      ? [row('heap', `not read: ${seen.refusal}`), row('instead', seen.usedInstead)]
      : heapRows(walk)),
    row('resident', parts.join(' · ')),
    row('threads', counts(seen.threads)),
    row('descriptors', counts(seen.descriptors)),
    ...(walk === null || walk.census.length === 0 ? [] : censusRows(walk, all)),
  ].join('\n');
}

function toJson(seen: Inspection, all: boolean) {
  const { walk, map, breakdown } = seen;
  return {
    pid: seen.pid,
    name: seen.name,
    allocator: seen.allocator,
    libc: seen.libc,
    quality: walk?.quality ?? null,
    refusal: seen.refusal,
    native:
      walk === null
        ? null
        : {
            liveBytes: walk.liveBytes,
            pinnedBytes: walk.pinnedBytes,
            trimmableBytes: walk.trimmableBytes,
            trimReturnsBytes: walk.trimReturnsBytes,
            mmappedBytes: walk.mmappedBytes,
            swappedBytes: walk.swappedBytes,
            tcacheBytes: walk.tcacheBytes,
            residentBytes: walk.residentBytes,
            arenaCount: walk.arenaCount,
            stoppedMs: walk.stoppedMs,
          },
    resident: breakdown,
    memory: map,
    threads: seen.threads,
    descriptors: seen.descriptors,
    census: walk === null ? [] : all ? walk.census : walk.census.slice(0, FEW_CLASSES),
  };
}

async function inspectOne(pid: number, flags: InspectFlags): Promise<Inspection> {
  const stop = flags.stop ? 'always' : 'never';
  const seen = await inspectProcess(pid, { stop }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = 'run as its user or as root, and in a container with --cap-add SYS_PTRACE';
    throw new TidemarkError('target', `process ${pid} cannot be read: ${why}`, {
      ...(/EACCES|EPERM/.test(why) ? { hint } : {}),
      cause,
    });
  });
  if (seen !== null) return seen;
  throw new TidemarkError('usage', `there is no process ${pid}`, { hint: 'ps -e lists them' });
}

/** The process and all below it, each with what it does; a child that ends meanwhile is left out. */
async function inspectTree(pid: number, flags: InspectFlags) {
  const tree = [{ role: 'root', seen: await inspectOne(pid, flags) }];
  for (const { pid: child, role } of roledProcesses([{ pid, role: 'root' }]).slice(1)) {
    const seen = await inspectProcess(child, { stop: flags.stop ? 'always' : 'never' });
    if (seen !== null) tree.push({ role, seen });
  }
  return tree;
}

async function look(pid: number, flags: InspectFlags): Promise<void> {
  const all = flags.census === true;
  const print = (value: unknown): string =>
    JSON.stringify(value, null, flags.watch === undefined ? 2 : 0);
  if (!flags.tree) {
    const seen = await inspectOne(pid, flags);
    process.stdout.write(`${flags.json ? print(toJson(seen, all)) : toText(seen, all)}\n`);
    return;
  }
  const tree = await inspectTree(pid, flags);
  const pss = tree.reduce((sum, { seen }) => sum + seen.map.pssBytes, 0);
  const text = tree.map(({ role, seen }) => `${role}: ${toText(seen, all)}`).join('\n\n');
  const json = {
    pssBytes: pss,
    processes: tree.map(({ role, seen }) => ({ role, ...toJson(seen, all) })),
  };
  process.stdout.write(
    flags.json
      ? `${print(json)}\n`
      : `${text}\n\n${tree.length} processes, ${bytes(pss)} with shared pages counted once\n`,
  );
}

/** `tidemark inspect <pid>`: one look at a running process, or one every `--watch`; never stops it without `--stop`. */
export async function inspect(pidText: string, flags: InspectFlags): Promise<ExitCode> {
  requireMeasurablePlatform();
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 1)
    throw new TidemarkError('usage', `'${pidText}' is no process id`, {
      hint: 'give a number, as ps shows it',
    });
  const everyMs = flags.watch === undefined ? null : parseDuration(flags.watch);
  if (flags.watch !== undefined && !everyMs)
    throw new TidemarkError('usage', `--watch '${flags.watch}' is not a duration`, {
      hint: 'write 5s or 1m',
    });
  // `inspect --watch | head`: nobody reads any more.
  let isRead = true;
  process.stdout.once('error', () => {
    isRead = false;
  });
  await look(pid, flags);
  while (everyMs !== null) {
    await sleep(everyMs);
    if (!isRead) break;
    try {
      await look(pid, flags);
    } catch (error) {
      // A watched process that ends is the end of the watch, not a mistake of whoever asked.
      if (!(error instanceof TidemarkError) || error.code !== 'usage') throw error;
      process.stderr.write(`process ${pid} has ended\n`);
      break;
    }
  }
  return EXIT.pass;
}
