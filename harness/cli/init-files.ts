import type { Target } from '../contracts/plugins.ts';
import type { FoundAgent, ProjectFacts } from './look-at-project.ts';

export type Targets = ReadonlyMap<string, Pick<Target, 'allocators'>>;

/** What `init` writes: paths relative to the project. */
export interface InitFile {
  readonly path: string;
  readonly text: string;
}

export interface InitPlan {
  readonly files: readonly InitFile[];
  /** Why this target, one line. */
  readonly because: string;
}

interface Choice {
  readonly target: string;
  readonly because: string;
  readonly scenario: { readonly id: string; readonly text: string };
  readonly command?: string;
  /** A comment above the command. */
  readonly note?: string;
}

const CALL = (id: string): string => `import { defineScenario } from 'tidemark';

// One cycle: a round trip that leaves the program where it found it. Whatever it keeps is what is measured.
export default defineScenario({
  id: '${id}',
  title: 'a first call',
  description: 'join a room, stay for a moment, leave it, and wait until the room is gone',
  services: ['livekit-server'],
  needs: ['join'],
  // Set with --param holdMs=500, or with parameters in the config.
  parameters: { holdMs: 100 },

  async cycle({ rooms, target, parameters, cycle }) {
    const room = await rooms.create();
    try {
      const identity = \`caller-\${cycle}\`;
      const token = await rooms.token(room, identity);
      const session = await target.join?.({ url: rooms.url, token, identity });
      await rooms.waitForParticipant(room, identity);
      await new Promise((resolve) => setTimeout(resolve, Number(parameters.holdMs)));
      await session?.leave();
    } finally {
      await rooms.remove(room);
    }
    await rooms.waitUntilGone(room);
  },
});
`;

const JOB = (id: string, agent: string): string => `import { defineScenario } from 'tidemark';

// One cycle: a job of the agent, in a room of its own, until its thread or process is gone.
export default defineScenario({
  id: '${id}',
  title: 'a first job',
  description: 'have the agent dispatched to a new room, let it work, remove the room, wait for the end',
  services: ['livekit-server'],
  needs: ['job'],
  // agent: the name it registers under, empty when it takes every job.
  parameters: { agent: ${agent}, holdMs: 500 },

  async cycle({ rooms, target, parameters, signal }) {
    // A room with nobody but agents in it is empty to the server: it must not close the room by itself.
    const room = await rooms.create(600);
    try {
      const agentName = String(parameters.agent);
      const job = await target.startJob?.({ rooms, room, agentName, toneMs: 0, stays: true, signal });
      const ended = job?.ended();
      await new Promise((resolve) => setTimeout(resolve, Number(parameters.holdMs)));
      await rooms.remove(room);
      await ended;
    } finally {
      await rooms.remove(room);
    }
    await rooms.waitUntilGone(room);
  },
});
`;

const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function forAgent({ file, command, name }: FoundAgent): Choice {
  const isBuilt = !/\.[cm]?ts$/.test(file);
  return {
    target: 'agent-worker',
    because: `${file} is a LiveKit agent${name === '' ? '' : ` named ${name}`}`,
    scenario: { id: 'first-job', text: JOB('first-job', quoted(name)) },
    command,
    note: isBuilt
      ? 'How the agent is started. It is given LIVEKIT_URL and keys by environment.'
      : 'How the agent is started, built: a TypeScript loader would be measured with it. It is given LIVEKIT_URL and keys.',
  };
}

function choose({ packages, agent }: ProjectFacts, targets: Targets): Choice {
  if (agent !== undefined && targets.has('agent-worker')) return forAgent(agent);
  const scenario = { id: 'first-call', text: CALL('first-call') };
  const of = (target: string, name: string): Choice | undefined => {
    const version = packages[name];
    if (version === undefined || !targets.has(target)) return undefined;
    const spec = version === '' ? target : `${target}@${version}`;
    return { target: spec, because: `package.json has ${name} ${version}`.trim(), scenario };
  };
  return (
    of('rtc-node', '@livekit/rtc-node') ??
    of('livekit-client', 'livekit-client') ?? {
      target: 'rtc-node',
      because: 'nothing of LiveKit was found here: the LiveKit Node SDK stands in',
      scenario,
    }
  );
}

/** Whatever can run under any malloc is read best under glibc; the others bring theirs. */
function allocatorText(target: string, targets: Targets): string {
  const own = targets.get(target.replace(/@.*$/, ''))?.allocators ?? 'any';
  return own === 'any'
    ? `// Under which malloc. Live bytes can be read under glibc; add 'jemalloc' to rule the allocator out.
  allocators: ['glibc'],`
    : `// It brings its own malloc.
  allocators: [${quoted(own[0] ?? '')}],`;
}

function configText({ target, scenario, command, note }: Choice, targets: Targets): string {
  const start =
    command === undefined ? [] : ['', `  // ${note ?? ''}`, `  command: ${quoted(command)},`];
  return `import { defineConfig } from 'tidemark';

// Flags come before TIDEMARK_* variables, and those before this file. Every setting: npx tidemark run --help
export default defineConfig({
  // What is repeated: scenarios/${scenario.id}, or one of tidemark's own (npx tidemark list).
  scenarios: ['${scenario.id}'],

  // What is measured; name@version, several are compared.
  targets: ['${target}'],
${start.length === 0 ? '' : `${start.join('\n')}\n`}
  ${allocatorText(target, targets)}

  // 100 cycles see a leak of about 4 KiB per cycle; untilDecided: true stops as soon as the answer is safe.
  cycles: 100,

  // What a cycle may add. Level 'error' fails the run, 'warn' says so, 'off' is silent.
  budgets: {
    'native.live': ['error', { max: '16KiB/cycle', reason: 'caches of a healthy client creep' }],
    'threads.*': ['error', { max: '0/cycle' }],
    'fds.*': ['error', { max: '0/cycle' }],
  },
});
`;
}

/** Config and first scenario for a project; pure. */
export function planInit(facts: ProjectFacts, targets: Targets): InitPlan {
  const choice = choose(facts, targets);
  const ending = facts.writesTypeScript ? 'ts' : 'mjs';
  return {
    because: choice.because,
    files: [
      { path: `tidemark.config.${ending}`, text: configText(choice, targets) },
      { path: `scenarios/${choice.scenario.id}.${ending}`, text: choice.scenario.text },
    ],
  };
}
