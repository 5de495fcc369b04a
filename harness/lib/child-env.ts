const ALLOCATOR_SETTINGS =
  /^(LD_PRELOAD|LD_AUDIT|GLIBC_TUNABLES|MALLOC_.*|JE_MALLOC_CONF|TCMALLOC_.*|MIMALLOC_.*|HEAPPROFILE|HEAPCHECK)$/;
const LEFT_BY_TOOLS =
  /^(NODE_OPTIONS|NODE_V8_COVERAGE|NODE_CHANNEL_.*|NODE_UNIQUE_ID|VITEST.*|npm_.*|INIT_CWD)$/;

/** Names of inherited variables that change a process's malloc. */
export function allocatorSettings(environment: NodeJS.ProcessEnv = process.env): string[] {
  return Object.keys(environment).filter((name) => ALLOCATOR_SETTINGS.test(name));
}

/**
 * Environment for a process that is measured: the harness's own without what would change its malloc or load code into
 * it. An empty override means "not set" (glibc reads `MALLOC_TRIM_THRESHOLD_=` as 0, not as the default).
 */
export function targetEnvironment(
  overrides: Readonly<Record<string, string>>,
  base: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || ALLOCATOR_SETTINGS.test(name) || LEFT_BY_TOOLS.test(name)) continue;
    result[name] = value;
  }
  for (const [name, value] of Object.entries(overrides)) {
    if (value === '') delete result[name];
    else result[name] = value;
  }
  return result;
}
