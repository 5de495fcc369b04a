import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { defineTarget } from '../define.ts';
import { packageFile } from '../lib/package-file.ts';
import { pythonOf } from '../lib/pip-install.ts';
import { mappedFiles } from '../lib/proc-maps.ts';
import { startAgent } from './_agent-process.ts';
import { launchCommand } from './_launch-command.ts';
import { folderOf, install, installedVersions, requirementsOf } from './_livekit-agents-install.ts';

/** LiveKit's agents for Python with a minimal agent: no plug-ins, no models, no keys of anybody else. */
export default defineTarget({
  id: 'livekit-agents',
  title: 'LiveKit agents for Python',
  capabilities: ['job'],
  executors: ['process', 'thread'],
  allocators: 'any',
  secondsPerCycle: 2,

  check(spec) {
    requirementsOf(spec);
  },

  async ensure(spec, ctx) {
    await install(spec, ctx);
  },

  async start(ctx) {
    const folder = folderOf(ctx.spec, ctx.cacheDir);
    const python = pythonOf(folder);
    if (!existsSync(python)) {
      throw new TidemarkError('setup', `${ctx.spec.text} is not installed`, {
        hint: 'tidemark setup --target with the same name installs it',
      });
    }
    // Not `dev`: it watches files and starts the worker again.
    const words = [
      python,
      packageFile('harness/targets/_livekit-agent.py'),
      'start',
      '--log-level',
      'info',
    ];
    // Of its own, so that no other worker of the server takes its jobs.
    const agentName = `tidemark-${randomBytes(4).toString('hex')}`;
    return await startAgent({
      ctx,
      words,
      agentName,
      endsByItself: true,
      saysDone: true,
      environment: {
        PYTHONPATH: '',
        TIDEMARK_AGENT_NAME: agentName,
        TIDEMARK_EXECUTOR: ctx.executor,
        // Else the first job of 1.8.9 adds 215 MB for models that nothing here uses.
        LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE: '0',
      },
      facts: (pid) => ({
        versions: installedVersions(folder),
        launchCommand: launchCommand(words, {
          cacheDir: ctx.cacheDir,
          tidemark: packageFile('.'),
        }),
        nativeBinaries: mappedFiles(pid)
          .map((file) => basename(file))
          .filter((name) => name.includes('livekit')),
      }),
    });
  },
});
