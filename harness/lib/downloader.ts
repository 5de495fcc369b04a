import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';

export interface Download {
  readonly url: string;
  readonly file: string;
  /** Lower-case hex; nothing is kept when the content has another one. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  readonly log?: (line: string) => void;
  /** Gives up when no byte arrives for this long (default 30 s). */
  readonly stallMs?: number;
}

interface Request {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly stallMs?: number;
}

const STALL_MS = 30_000;
const PROGRESS_BYTES = 16 * 1024 * 1024;
const HINT = 'check the network connection, then run it again';

/** Downloads to a temporary name, checks length and checksum, then renames: the file is whole or not there. */
export async function download(options: Download): Promise<void> {
  const part = `${options.file}.part-${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(options.file), { recursive: true });
  try {
    const sum = await save(options, part);
    if (sum !== options.sha256) {
      throw failure(options.url, `checksum is ${sum}, expected ${options.sha256}`);
    }
    await rename(part, options.file);
  } finally {
    await rm(part, { force: true });
  }
}

/** A small text (a list of checksums), at most 1 MiB. */
export async function downloadText(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  await receive(request, async (bytes) => {
    size += bytes.length;
    if (size > 1024 * 1024) throw failure(request.url, 'it is larger than 1 MiB');
    parts.push(bytes);
  });
  return Buffer.concat(parts).toString('utf8');
}

async function save(options: Download, part: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(part, 'w');
  let received = 0;
  try {
    await receive(options, async (bytes) => {
      hash.update(bytes);
      await file.writeFile(bytes);
      const before = received;
      received += bytes.length;
      if (Math.floor(before / PROGRESS_BYTES) < Math.floor(received / PROGRESS_BYTES)) {
        options.log?.(`${basename(options.file)}: ${received} bytes received`);
      }
    });
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function receive(request: Request, take: (bytes: Uint8Array) => Promise<void>) {
  const stallMs = request.stallMs ?? STALL_MS;
  const stalled = new AbortController();
  const timer = setTimeout(
    () => stalled.abort(failure(request.url, `nothing was received for ${stallMs} ms`)),
    stallMs,
  );
  const signal = AbortSignal.any([request.signal, stalled.signal]);
  try {
    const response = await fetch(request.url, { signal });
    if (!response.ok) throw failure(request.url, `the server answered ${response.status}`);
    const expected = Number(response.headers.get('content-length') ?? Number.NaN);
    let received = 0;
    for await (const bytes of response.body ?? []) {
      timer.refresh();
      received += bytes.length;
      await take(bytes);
    }
    const encoded = response.headers.has('content-encoding');
    if (!encoded && !Number.isNaN(expected) && received !== expected) {
      throw failure(request.url, `${received} of ${expected} bytes were received`);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof TidemarkError) throw error;
    throw failure(request.url, reasonOf(error), error);
  } finally {
    clearTimeout(timer);
  }
}

function failure(url: string, reason: string, cause?: unknown): TidemarkError {
  return new TidemarkError('setup', `cannot download ${url}: ${reason}`, { hint: HINT, cause });
}

/** `fetch failed` and `terminated` hide the reason in their cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/**
 * Fills a folder under a temporary name and renames it, so that it is whole or not there. Two at once both do the work;
 * the second to finish throws its own away.
 */
export async function makeFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  const temporary = `${folder}.tmp-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await rename(temporary, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
