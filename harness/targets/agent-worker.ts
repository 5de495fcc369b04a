import { basename } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { defineTarget } from '../define.ts';
import { findExecutable } from '../lib/child.ts';
import { mappedFiles } from '../lib/proc-maps.ts';
import { startAgent } from './_agent-process.ts';
import { splitCommand } from './_command-line.ts';
import { launchCommand } from './_launch-command.ts';

/**
 * Any command that registers as a LiveKit agent, in any language. It is given `LIVEKIT_URL`, `LIVEKIT_API_KEY` and
 * `LIVEKIT_API_SECRET`. Its jobs end when their room is removed, unless they ended before.
 */
export default defineTarget({
  id: 'agent-worker',
  title: 'any LiveKit agent worker',
  capabilities: ['job'],
  executors: ['own'],
  allocators: 'any',

  check(spec, { command }) {
    if (spec.version !== undefined || Object.keys(spec.variants).length > 0) {
      throw new TidemarkError('usage', `${spec.text}: agent-worker takes no version`, {
        hint: 'write --target agent-worker, and what to run as --command',
      });
    }
    wordsOf(command);
  },

  async ensure() {
    // The agent is the user's own: there is nothing to fetch.
  },

  async start(ctx) {
    const words = wordsOf(ctx.command);
    const [program = ''] = words;
    if (findExecutable(program) === null) {
      throw new TidemarkError('usage', `--command: ${program} is not there, or not executable`, {
        hint: 'check its path and its permissions',
      });
    }
    return await startAgent({
      ctx,
      words,
      endsByItself: false,
      facts: (pid) => ({
        versions: {},
        launchCommand: launchCommand(words, { cacheDir: ctx.cacheDir }),
        nativeBinaries: mappedFiles(pid)
          .map((file) => basename(file))
          .filter((name) => /livekit|rtc/.test(name)),
      }),
    });
  },
});

function wordsOf(command: string | undefined): readonly string[] {
  const words = splitCommand(command ?? '');
  if (words[0] === undefined) {
    throw new TidemarkError('usage', 'target agent-worker needs a command to run', {
      hint: "give it with --command 'python my_agent.py start'",
    });
  }
  return words;
}
