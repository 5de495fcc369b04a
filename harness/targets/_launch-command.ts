import { homedir } from 'node:os';

export interface KnownFolders {
  readonly cacheDir?: string;
  readonly tidemark?: string;
}

/** A command line as it may be kept: without folders of this machine. */
export function launchCommand(words: readonly string[], folders: KnownFolders = {}): string {
  const names: [string | undefined, string][] = [
    [folders.cacheDir, '<cache>'],
    [folders.tidemark, '<tidemark>'],
    [process.cwd(), '.'],
    [homedir(), '~'],
  ];
  return words
    .map((word) => {
      for (const [folder, name] of names) {
        if (folder !== undefined && word.startsWith(`${folder}/`))
          return name + word.slice(folder.length);
      }
      // Any other absolute path keeps its last part only.
      return word.replace(/^\/(?:.*\/)?([^/]+)$/, '$1');
    })
    .join(' ');
}
