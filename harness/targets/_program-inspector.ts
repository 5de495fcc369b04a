import { TidemarkError } from '../contracts/errors.ts';
import type { ManagedRuntime } from '../contracts/runtimes.ts';
import {
  connectInspector,
  type InspectorClient,
  inspectorAddress,
} from '../lib/inspector-client.ts';
import { within } from '../lib/within.ts';
import { nodeRuntime } from './_node-runtime.ts';

const ADDRESS_MS = 10_000;

/**
 * The command as it is started: a V8 that answers nobody keeps its garbage for as long as it likes, and that is no leak,
 * while what its heap keeps shows nowhere. A command that opens an inspector itself, or starts node by a script, is
 * left as it is.
 */
export function inspectedWords(words: readonly string[]): readonly string[] {
  const [command = '', ...args] = words;
  if (!/(?:^|\/)node$/.test(command) || opensInspector(args)) return words;
  return [command, '--inspect=127.0.0.1:0', ...args];
}

const opensInspector = (words: readonly string[]): boolean =>
  words.some((word) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(word));

/** The V8 of a program whose command line opens the inspector (`node --inspect=127.0.0.1:0 ...`). */
export interface ProgramInspector {
  /** To be given every line of standard error. */
  readonly onLine: (line: string) => void;
  /** Empty when the command does not open one. */
  connect(pid: number): Promise<readonly ManagedRuntime[]>;
  close(): void;
}

export function programInspector(words: readonly string[]): ProgramInspector {
  let client: InspectorClient | null = null;
  let found: (address: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    found = resolve;
  });
  return {
    onLine(line) {
      const at = inspectorAddress(line);
      if (at !== null) found(at);
      // Node ends only when nobody looks any more.
      if (line.startsWith('Waiting for the debugger to disconnect')) client?.close();
    },
    async connect(pid) {
      if (!opensInspector(words)) return [];
      const late = (): Error =>
        new TidemarkError('target', 'the program did not say where its inspector listens', {
          hint: 'a Node program says so on standard error when it is started with --inspect=127.0.0.1:0',
        });
      client = await connectInspector(await within(address, ADDRESS_MS, late));
      return [nodeRuntime(pid, client)];
    },
    close: () => client?.close(),
  };
}
