import type { Config } from '../contracts/config.ts';
import { checkConfig } from '../plan/load-config.ts';

type Read = (text: string) => unknown;

const words: Read = (text) => text.split(',').map((item) => item.trim());
const number: Read = (text) => Number(text);
const verbatim: Read = (text) => text;
const yes: Read = (text) =>
  text === '1' || text === 'true' ? true : text !== '0' && text !== 'false' ? text : false;

/** Every setting that can come from the environment. Several names are separated by commas. */
export const VARIABLES: Readonly<
  Record<string, { readonly key: keyof Config; readonly read: Read }>
> = {
  TIDEMARK_SCENARIO: { key: 'scenarios', read: words },
  TIDEMARK_TARGET: { key: 'targets', read: words },
  TIDEMARK_EXECUTOR: { key: 'executors', read: words },
  TIDEMARK_ALLOCATOR: { key: 'allocators', read: words },
  TIDEMARK_CYCLES: { key: 'cycles', read: number },
  TIDEMARK_UNTIL_DECIDED: { key: 'untilDecided', read: yes },
  TIDEMARK_LADDER: { key: 'ladder', read: yes },
  TIDEMARK_REPEATS: { key: 'repeats', read: number },
  TIDEMARK_IDLE_TAIL: { key: 'idleTail', read: verbatim },
  TIDEMARK_SETTLE_TIMEOUT: { key: 'settleTimeout', read: verbatim },
  TIDEMARK_CYCLE_TIMEOUT: { key: 'cycleTimeout', read: verbatim },
  TIDEMARK_MEMORY_LIMIT: { key: 'memoryLimit', read: verbatim },
  TIDEMARK_STOP: { key: 'stop', read: verbatim },
  TIDEMARK_COMMAND: { key: 'command', read: verbatim },
  TIDEMARK_REPORTS: { key: 'reports', read: words },
  TIDEMARK_OUT: { key: 'out', read: verbatim },
};

/** What the environment sets; one that is empty sets nothing, one that makes no sense is named. */
export function configFromEnvironment(env: NodeJS.ProcessEnv): Config {
  const parts = Object.entries(VARIABLES).map(([name, { key, read }]): Config => {
    const text = env[name];
    if (text === undefined || text === '') return {};
    return checkConfig({ [key]: read(text) }, `${name}=${text}`);
  });
  return Object.assign({}, ...parts);
}
