import { basename } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { defineTarget } from '../define.ts';
import { mappedFiles } from '../lib/proc-maps.ts';
import { startAgent } from './_agent-process.ts';
import { requireCommand, requireProgram } from './_command-line.ts';
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
  secondsPerCycle: 2,

  takesCommand: true,

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
    requireProgram(words[0] ?? '', process.env.PATH);
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

const wordsOf = (command: string | undefined): readonly string[] =>
  requireCommand('agent-worker', command, 'python my_agent.py start');
