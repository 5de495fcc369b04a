import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { findExecutable } from '../lib/child.ts';
import { runCommand } from '../lib/child-run.ts';
import { download, downloadText, makeFolder } from '../lib/downloader.ts';
import { goInstall } from '../lib/go-install.ts';

/** The last one that `go install` builds: v1.13.4 is not in the checksum database, tags with `replace` cannot be built. */
export const PINNED_VERSION = '1.13.5';
const NAME = 'livekit-server';
const RELEASES = 'https://github.com/livekit/livekit/releases/download';

export interface FoundServer {
  readonly file: string;
  readonly found: 'PATH' | 'cache';
}

const folderIn = (cacheDir: string): string => join(cacheDir, NAME, PINNED_VERSION);

export function findServer(cacheDir: string): FoundServer | null {
  const installed = findExecutable(NAME);
  if (installed !== null) return { file: installed, found: 'PATH' };
  const cached = join(folderIn(cacheDir), NAME);
  return existsSync(cached) ? { file: cached, found: 'cache' } : null;
}

/** Builds it with Go when there is one, else takes the official release. */
export async function installServer(ctx: SetupContext): Promise<void> {
  const folder = folderIn(ctx.cacheDir);
  if (findExecutable('go') === null) return await installRelease(folder, ctx, RELEASES);
  await goInstall({
    module: `github.com/livekit/livekit-server/cmd/server@v${PINNED_VERSION}`,
    folder,
    name: NAME,
    ...ctx,
  });
}

/** The release's own list of checksums guards against damage on the way, not against a forged release. */
export async function installRelease(
  folder: string,
  ctx: SetupContext,
  releases: string,
): Promise<void> {
  const archive = `livekit_${PINNED_VERSION}_linux_${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`;
  const base = `${releases}/v${PINNED_VERSION}`;
  ctx.log(`downloading ${archive}`);
  const { signal, log } = ctx;
  const sums = await downloadText({ url: `${base}/checksums.txt`, signal });
  const line = sums.split('\n').find((each) => each.trim().endsWith(` ${archive}`));
  const sha256 = line?.trim().split(/\s+/)[0];
  if (sha256 === undefined) {
    throw new TidemarkError('setup', `the release's checksums do not list ${archive}`, {
      hint: 'install Go, or put livekit-server on PATH',
    });
  }
  await makeFolder(folder, async (temporary) => {
    const file = join(temporary, archive);
    await download({ url: `${base}/${archive}`, file, sha256, signal, log });
    const args = ['-xzf', file, '-C', temporary, NAME];
    const { code, tail } = await runCommand({ command: 'tar', args, signal });
    if (code !== 0) throw new TidemarkError('setup', `cannot unpack ${archive}: ${tail}`);
    await chmod(join(temporary, NAME), 0o755);
  });
}
