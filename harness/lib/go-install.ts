import { accessSync, constants } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { runCommand } from './child-run.ts';
import { makeFolder } from './downloader.ts';

export interface GoInstall {
  /** `host/owner/name/cmd/x@v1.2.3`. */
  readonly module: string;
  /** Folder that appears when the build is done, with one program in it. */
  readonly folder: string;
  /** What the program is to be called there. */
  readonly name: string;
  /** Used for Go's own caches when the user has no home. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 10_000;

/** Builds a Go program with the user's own module and build caches. Minutes when they are cold. */
export async function goInstall(options: GoInstall): Promise<void> {
  await makeFolder(options.folder, async (temporary) => {
    const bin = join(temporary, '.bin');
    await mkdir(bin);
    await build(options, bin);
    const [program] = await readdir(bin);
    if (program === undefined) {
      throw new TidemarkError('setup', `go install ${options.module} built nothing`);
    }
    await rename(join(bin, program), join(temporary, options.name));
    await rm(bin, { recursive: true });
  });
}

async function build(options: GoInstall, bin: string): Promise<void> {
  const started = Date.now();
  let packages = 0;
  options.log(`go install ${options.module} (about two minutes the first time)`);
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    options.log(`go install: ${seconds} s, ${packages} packages built`);
  }, PROGRESS_MS);
  try {
    const { code, tail } = await runCommand({
      command: 'go',
      args: ['install', '-v', options.module],
      env: { ...process.env, ...goCaches(options.cacheDir), GOBIN: bin },
      signal: options.signal,
      onLine: () => {
        packages += 1;
      },
    });
    if (code !== 0) {
      throw new TidemarkError('setup', `go install ${options.module} failed: ${lastLine(tail)}`, {
        hint: 'run the same command by hand to see all of its output',
      });
    }
  } finally {
    clearInterval(timer);
  }
}

/** Without a home it can write to, Go refuses to work; its own module cache is made deletable (it is read-only by default). */
function goCaches(cacheDir: string): NodeJS.ProcessEnv {
  if (process.env.GOPATH || isWritable(homedir())) return {};
  return {
    GOPATH: join(cacheDir, 'go'),
    GOCACHE: join(cacheDir, 'go-build'),
    GOFLAGS: '-modcacherw',
  };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    // Absent and read-only are the same here.
    return false;
  }
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? '';
}
