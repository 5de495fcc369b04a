import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where fetched parts live between runs: `TIDEMARK_CACHE`, else `$XDG_CACHE_HOME/tidemark`, else `~/.cache/tidemark`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TIDEMARK_CACHE) return resolve(env.TIDEMARK_CACHE);
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidemark');
}
