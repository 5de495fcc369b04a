import { readFileSync } from 'node:fs';
import type { HeapRange, MappingClass, MemoryMap } from '../contracts/native.ts';
import { countEndedStacks } from './ended-stacks.ts';
import { type Mapping, mappingAt } from './maps.ts';
import { GO_HEAP_END, GO_HEAP_START } from './name-allocator.ts';
import { type MappingUse, readSmaps } from './smaps.ts';
import { readStackPointers } from './stacks.ts';
import { defaultStackBytes, findThreadStacks } from './thread-stacks.ts';

export interface MemoryMapExtra {
  /** What a heap walk found; without it only `[heap]` is known to be malloc's. */
  readonly ranges?: readonly HeapRange[];
}

type Classes = { [key in MappingClass]: number };

/** Memory that has no file on a disk behind it: what is written to a file that is mapped is the file's. */
function isShared({ permissions, path, inode }: MappingUse): boolean {
  if (/^\/(?:dev\/|memfd:|SYSV)/.test(path)) return true;
  return permissions[3] === 's' && (inode === 0 || !path.startsWith('/'));
}

/** The class of a mapping, or of what malloc does not use of it. */
function classOf(mapping: MappingUse, isStack: boolean): MappingClass {
  const { permissions, path, inode, start } = mapping;
  if (isStack || path === '[stack]') return 'stack';
  if (path === '[heap]') return 'malloc-arena';
  if (isShared(mapping)) return 'shared';
  // Executable memory without a file is what a just-in-time compiler wrote.
  if (permissions[2] === 'x') return 'code';
  if (inode !== 0) return 'file-data';
  if (start >= GO_HEAP_START && start < GO_HEAP_END) return 'managed';
  return 'other';
}

/** Malloc's part of every mapping: new mappings merge with their neighbours, so one can hold several things. */
function heapParts(mappings: readonly MappingUse[], ranges: readonly HeapRange[]) {
  const parts = new Map<MappingUse, HeapRange[]>();
  for (const range of ranges) {
    const mapping = mappingAt(mappings, range.start) as MappingUse | undefined;
    if (mapping === undefined) continue;
    const known = parts.get(mapping);
    if (known === undefined) parts.set(mapping, [range]);
    else known.push(range);
  }
  return parts;
}

function addMapping(
  classes: Classes,
  mapping: MappingUse,
  parts: readonly HeapRange[],
  isStack: boolean,
): void {
  let rest = mapping.rssBytes;
  const covered = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  for (const { kind, residentBytes } of parts) {
    // Read at another moment than smaps: never more than is there, and all of it when nothing else is in it.
    const isAll = parts.length === 1 && covered >= mapping.end - mapping.start;
    const bytes = isAll ? rest : Math.min(residentBytes, rest);
    classes[kind] += bytes;
    rest -= bytes;
  }
  if (rest > 0) classes[classOf(mapping, isStack)] += rest;
}

function classify(
  mappings: readonly MappingUse[],
  stacks: ReadonlySet<Mapping>,
  extra: MemoryMapExtra,
): Classes {
  const classes: Classes = {
    'malloc-arena': 0,
    'malloc-mmapped': 0,
    stack: 0,
    managed: 0,
    code: 0,
    'file-data': 0,
    shared: 0,
    other: 0,
  };
  const parts = heapParts(mappings, extra.ranges ?? []);
  for (const mapping of mappings)
    addMapping(classes, mapping, parts.get(mapping) ?? [], stacks.has(mapping));
  return classes;
}

function peakRss(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(match?.[1] ?? 0) * 1024;
}

/**
 * Every mapping of a process, classed. Throws what the system says when the process is gone or not ours: a probe
 * reports that as its error.
 */
export function readMemoryMap(pid: number, extra: MemoryMapExtra = {}): MemoryMap {
  const mappings = readSmaps(pid);
  const pointers = readStackPointers(pid);
  const defaultBytes = defaultStackBytes(pid);
  const sum = (pick: (mapping: MappingUse) => number): number =>
    mappings.reduce((total, mapping) => total + pick(mapping), 0);
  return {
    rssBytes: sum((mapping) => mapping.rssBytes),
    pssBytes: sum((mapping) => mapping.pssBytes),
    ussBytes: sum((mapping) => mapping.privateBytes),
    swapBytes: sum((mapping) => mapping.swapBytes),
    anonymousBytes: sum(({ anonymousBytes, lazyFreeBytes }) => anonymousBytes - lazyFreeBytes),
    lazyFreeBytes: sum((mapping) => mapping.lazyFreeBytes),
    hugePageBytes: sum((mapping) => mapping.hugePageBytes),
    peakRssBytes: peakRss(pid),
    mappingCount: mappings.length,
    endedStackCount: countEndedStacks(pid, mappings, { pointers, defaultBytes }),
    residentByClass: classify(mappings, findThreadStacks(mappings, pointers, defaultBytes), extra),
  };
}
