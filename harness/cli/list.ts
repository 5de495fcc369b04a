import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import type { PlugIn } from '../contracts/plugins.ts';
import { padEnd, wrap } from '../lib/table.ts';
import { loadProject, type Project } from '../project.ts';
import type { PlugInKind, PlugInKinds } from '../registry.ts';

export interface ListFlags {
  json?: boolean;
  names?: string;
}

/** One plug-in as `list` tells it. */
interface Listed {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** File of a plug-in of the project; null for tidemark's own. */
  readonly from: string | null;
  /** What else there is to know, by name. */
  readonly [detail: string]: unknown;
}

const INDENT = 22;
const WIDTH = 100;

/** What a person has to know of a kind before using it. */
const DETAILS: { readonly [K in PlugInKind]: (plugIn: PlugInKinds[K]) => Record<string, unknown> } =
  {
    scenarios: ({ description, needs, services, parameters = {} }) => ({
      description,
      needs,
      services,
      parameters,
    }),
    targets: ({ executors, capabilities, allocators }) => ({ executors, capabilities, allocators }),
    executors: ({ description }) => ({ description }),
    allocators: ({ readsLiveBytes }) => ({ readsLiveBytes }),
    probes: ({ metrics, cost }) => ({ metrics, cost }),
    explainers: ({ cost, perturbs }) => ({ cost, perturbs }),
    services: () => ({}),
    reports: ({ fileName }) => ({ fileName }),
  };

function listedOf(kind: PlugInKind, plugIn: PlugIn, { userPlugIns }: Project): Listed {
  const own = userPlugIns.find((user) => user.kind === kind && user.plugIn === plugIn);
  const details = (DETAILS[kind] as (plugIn: PlugIn) => Record<string, unknown>)(plugIn);
  return { id: plugIn.id, title: plugIn.title, from: own?.file ?? null, ...details };
}

const SHOWN: readonly { readonly name: string; readonly label: string }[] = [
  { name: 'needs', label: 'needs' },
  { name: 'capabilities', label: 'offers' },
  { name: 'executors', label: 'executors' },
  { name: 'metrics', label: 'metrics' },
];

function detailLines(listed: Listed): string[] {
  const parameters = Object.entries((listed.parameters ?? {}) as Record<string, unknown>);
  const lists = SHOWN.flatMap(({ name, label }) => {
    const names = listed[name];
    return Array.isArray(names) && names.length > 0 ? [`${label} ${names.join(', ')}`] : [];
  });
  return [
    ...(listed.description === undefined ? [] : [listed.description]),
    ...lists,
    ...(parameters.length === 0
      ? []
      : [`--param ${parameters.map(([name, value]) => `${name}=${value}`).join(' ')}`]),
    ...(listed.from === null ? [] : [`from ${listed.from}`]),
  ];
}

function linesOf(listed: Listed): string[] {
  const indent = ' '.repeat(INDENT);
  return [
    `  ${padEnd(listed.id, INDENT - 3)} ${listed.title}`,
    ...detailLines(listed).flatMap((line) => wrap(`${indent}${line}`, WIDTH, `${indent}  `)),
  ];
}

/** `tidemark list`: every plug-in that can be named in a flag, those of the project with their file. */
export async function list(flags: ListFlags): Promise<ExitCode> {
  const project = await loadProject({ cwd: process.cwd() });
  const kinds = Object.keys(project.registry) as PlugInKind[];
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const { names } = flags;
  if (names !== undefined) {
    const kind = kinds.find((one) => one === names);
    if (kind === undefined)
      throw new TidemarkError('usage', `there is no kind '${names}'`, {
        hint: `there are: ${kinds.join(', ')}`,
      });
    for (const id of project.registry[kind].keys()) say(id);
    return EXIT.pass;
  }
  const listed = kinds.map((kind): [PlugInKind, Listed[]] => [
    kind,
    [...project.registry[kind].values()].map((plugIn) => listedOf(kind, plugIn, project)),
  ]);
  if (flags.json) say(JSON.stringify(Object.fromEntries(listed), null, 2));
  else for (const [kind, plugIns] of listed) say([kind, ...plugIns.flatMap(linesOf)].join('\n'));
  return EXIT.pass;
}
