import { readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { TidemarkError } from '../contracts/errors.ts';
import type { MachineFacts } from '../contracts/plan.ts';

const THP = '/sys/kernel/mm/transparent_hugepage/enabled';

function transparentHugePages(): string {
  try {
    return /\[(\w+)\]/.exec(readFileSync(THP, 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function libcVersion(): string {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  return glibc === undefined ? 'not glibc' : `glibc ${glibc}`;
}

/** What a reader needs to compare two runs; no host name. */
export function machineFacts(): MachineFacts {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return {
    kernel: release(),
    arch: process.arch,
    cpus: availableParallelism(),
    memoryBytes: constrained > 0 && constrained < total ? constrained : total,
    libc: libcVersion(),
    node: process.version,
    transparentHugePages: transparentHugePages(),
  };
}

/** Measuring reads `/proc` and glibc's structures; judging and reporting work anywhere. */
export function requireMeasurablePlatform(): void {
  const { platform, arch } = process;
  if (platform === 'linux' && arch === 'x64') return;
  throw new TidemarkError(
    'platform',
    `measuring needs Linux on x86-64, this is ${platform} on ${arch}`,
    {
      hint: 'analyze and report work here on runs recorded elsewhere',
    },
  );
}
