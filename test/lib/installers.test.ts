import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { aptFetch, hasApt } from '../../harness/lib/apt-fetch.ts';
import { goInstall } from '../../harness/lib/go-install.ts';
import { npmInstall, npmVersions } from '../../harness/lib/npm-install.ts';
import { realPart, temporaryFolder } from './_real-parts.ts';

const { signal } = new AbortController();

function writePackage(folder: string, name: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const scripts = { postinstall: 'touch ran' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, scripts }));
  return `file:${folder}`;
}

describe('npm', () => {
  it('installs into a folder that appears whole, runs no scripts, and works twice at once', async () => {
    const home = temporaryFolder();
    const dependency = writePackage(join(home, 'a'), 'a', '1.2.3');
    const folder = join(home, 'cache', 'a');
    const verified: string[] = [];
    const install = () =>
      npmInstall({
        folder,
        dependencies: { a: dependency },
        verify: async (temporary) => void verified.push(temporary),
        signal,
      });
    await Promise.all([install(), install()]);
    await install();
    expect(verified).toHaveLength(2);
    expect(verified).not.toContain(folder);
    expect(readdirSync(join(home, 'cache'))).toEqual(['a']);
    expect(readFileSync(join(folder, 'node_modules/a/package.json'), 'utf8')).toContain('1.2.3');
    expect(existsSync(join(home, 'a', 'ran'))).toBe(false);
  });

  it('leaves nothing when a package cannot be had', async () => {
    const home = temporaryFolder();
    const failing = npmInstall({
      folder: join(home, 'cache', 'b'),
      dependencies: { b: `file:${home}/no-such-folder` },
      verify: async () => {
        throw new Error('the package is not there');
      },
      signal,
    });
    await expect(failing).rejects.toThrow(/./);
    expect(readdirSync(join(home, 'cache'))).toEqual([]);
  });

  it('lists the versions of a package, and says when the registry does not answer', async () => {
    const server = createServer((request, response) => {
      if (request.url !== '/some-part') return void response.writeHead(404).end('{}');
      const manifest = (version: string) => ({ name: 'some-part', version, dist: {} });
      const versions = { '1.0.0': manifest('1.0.0'), '1.1.0': manifest('1.1.0') };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ name: 'some-part', 'dist-tags': { latest: '1.1.0' }, versions }),
      );
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    vi.stubEnv('npm_config_registry', `http://127.0.0.1:${port}/`);
    vi.stubEnv('npm_config_cache', temporaryFolder());
    vi.stubEnv('npm_config_fetch_retries', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await npmVersions('some-part', signal)).toEqual(['1.0.0', '1.1.0']);
    await expect(npmVersions('no-such-part', signal)).rejects.toThrow(
      /^npm view no-such-part versions failed: /,
    );
  });
});

/** A `go` that does what it is told: building a real program takes minutes, and `tidemark setup` does it. */
function standInGo(script: string): string {
  const bin = temporaryFolder();
  writeFileSync(join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'go'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return bin;
}

describe('go install', () => {
  const options = (cacheDir: string, lines: string[]) => ({
    module: 'example.com/x/cmd/server@v1.0.0',
    folder: join(cacheDir, 'x', '1.0.0'),
    name: 'x-server',
    cacheDir,
    log: (line: string) => void lines.push(line),
    signal,
  });

  it('puts the one program it built under the name it should have', async () => {
    standInGo(
      '[ "$1 $2 $3" = "install -v example.com/x/cmd/server@v1.0.0" ] && echo bin > "$GOBIN/server"',
    );
    const cacheDir = temporaryFolder();
    const lines: string[] = [];
    await goInstall(options(cacheDir, lines));
    expect(readdirSync(join(cacheDir, 'x', '1.0.0'))).toEqual(['x-server']);
    expect(lines[0]).toContain('go install example.com/x/cmd/server@v1.0.0');
  });

  it('fails with the last line of its output and leaves nothing', async () => {
    standInGo('echo "no matching versions" >&2; exit 1');
    const cacheDir = temporaryFolder();
    await expect(goInstall(options(cacheDir, []))).rejects.toThrow(
      'go install example.com/x/cmd/server@v1.0.0 failed: no matching versions',
    );
    expect(readdirSync(join(cacheDir, 'x'))).toEqual([]);
  });
});

/** A package and a repository of one package, on disk. */
function makePackage(folder: string, name: string, more = ''): string {
  const tree = join(folder, name);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/lib'), { recursive: true });
  writeFileSync(join(tree, `usr/lib/${name.replace('tidemark-', '')}.so`), 'content');
  const control = `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n${more}`;
  writeFileSync(join(tree, 'DEBIAN/control'), control);
  const archive = join(folder, `${name}.deb`);
  const built = spawnSync('dpkg-deb', ['--root-owner-group', '-b', tree, archive]);
  const sum = spawnSync('sha256sum', [archive], { encoding: 'utf8' }).stdout.split(' ')[0];
  if (built.status !== 0) throw new Error(`dpkg-deb: ${built.stderr}`);
  const size = readFileSync(archive).length;
  return `${control}Filename: ./${name}.deb\nSize: ${size}\nSHA256: ${sum}\n`;
}

function makeRepository(): readonly string[] {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'no-lists'));
  const packages = [
    makePackage(folder, 'tidemark-part'),
    makePackage(folder, 'tidemark-whole', 'Depends: tidemark-part, libc6\n'),
  ];
  writeFileSync(join(folder, 'Packages'), packages.join('\n'));
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] copy:${folder} ./\n`);
  return [
    ...['-o', `Dir::Etc::sourcelist=${join(folder, 'sources.list')}`],
    ...['-o', 'Dir::Etc::sourceparts=/dev/null'],
    ...['-o', `Dir::State::lists=${join(folder, 'no-lists')}`],
  ];
}

describe('apt', () => {
  const requireApt = async (): Promise<void> => {
    if (!hasApt()) throw new Error('this machine has no apt-get');
  };

  it('fetches the lists itself when the machine has none, and unpacks without installing', async (ctx) => {
    await realPart(ctx, requireApt);
    const folder = join(temporaryFolder(), 'part');
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await aptFetch({
      packageName: 'tidemark-part',
      folder,
      log,
      signal,
      settings: makeRepository(),
    });
    expect(readFileSync(join(folder, 'usr/lib/part.so'), 'utf8')).toBe('content');
    expect(readdirSync(folder)).toEqual(['usr']);
    expect(lines).toEqual(['fetching package lists for tidemark-part']);
  });

  it('fetches with a package what it depends on and this machine lacks', async (ctx) => {
    await realPart(ctx, requireApt);
    const folder = join(temporaryFolder(), 'whole');
    await aptFetch({
      packageName: 'tidemark-whole',
      folder,
      withDependencies: true,
      log: () => undefined,
      signal,
      settings: makeRepository(),
    });
    expect(readdirSync(folder)).toEqual(['usr']);
    expect(readdirSync(join(folder, 'usr/lib')).sort()).toEqual(['part.so', 'whole.so']);
  });

  it.for([false, true])(
    'says what it could not find, dependencies: %s',
    async (withDependencies, ctx) => {
      await realPart(ctx, requireApt);
      const folder = join(temporaryFolder(), 'part');
      const settings = makeRepository();
      const log = (): void => undefined;
      await expect(
        aptFetch({ packageName: 'tidemark-none', folder, withDependencies, log, signal, settings }),
      ).rejects.toMatchObject({
        message: 'cannot fetch tidemark-none: E: Unable to locate package tidemark-none',
        hint: 'apt-get install tidemark-none',
      });
      expect(existsSync(folder)).toBe(false);
    },
  );
});
