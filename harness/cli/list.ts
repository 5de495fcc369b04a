import type { ExitCode } from '../contracts/errors.ts';
import { loadRegistry, type PlugInKind } from '../registry.ts';

/** `tidemark list`: every plug-in that can be named in a flag. */
export async function list(): Promise<ExitCode> {
  const registry = await loadRegistry();
  for (const kind of Object.keys(registry) as PlugInKind[]) {
    process.stdout.write(`${kind}\n`);
    for (const plugIn of registry[kind].values()) {
      process.stdout.write(`  ${plugIn.id.padEnd(18)} ${plugIn.title}\n`);
    }
  }
  return 0;
}
