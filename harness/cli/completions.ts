import type { Command, Option } from 'commander';
import { TidemarkError } from '../contracts/errors.ts';
import { nearest } from '../lib/nearest.ts';

/** Options whose values are ids of plug-ins: asked of `tidemark list` when they are completed, so that a project's own are there. */
const VALUES: Readonly<Record<string, string>> = {
  '--scenario': 'scenarios',
  '--target': 'targets',
  '--executor': 'executors',
  '--allocator': 'allocators',
  '--format': 'reports',
};

interface OptionEntry {
  readonly flag: string;
  readonly says: string;
  readonly takesValue: boolean;
  /** Kind of plug-in whose ids are its values. */
  readonly kind: string | undefined;
}

interface CommandEntry {
  readonly name: string;
  readonly says: string;
  readonly options: readonly OptionEntry[];
  /** Words that can follow, where the command has commands of its own. */
  readonly words: readonly string[];
}

const SHELLS: Readonly<Record<string, (commands: readonly CommandEntry[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const HELP: OptionEntry = {
  flag: '--help',
  says: 'show help',
  takesValue: false,
  kind: undefined,
};

function optionEntry({ long, description, required, optional }: Option): OptionEntry[] {
  if (!long) return [];
  return [{ flag: long, says: description, takesValue: required || optional, kind: VALUES[long] }];
}

const ownOptions = ({ options }: Command): OptionEntry[] => options.flatMap(optionEntry);

/** Every command of the tree that help shows; names with `_` are for tidemark itself. */
function commandEntries(program: Command): CommandEntry[] {
  return program.commands
    .filter((command) => !command.name().startsWith('_'))
    .map((command) => ({
      name: command.name(),
      says: command.description(),
      options: [...[command, ...command.commands].flatMap(ownOptions), HELP],
      words: command.commands.map((child) => child.name()),
    }));
}

/** The script that a shell sources; made from the tree of commands, so that a new command is in it by itself. */
export function completionScript(shell: string, program: Command): string {
  const make = SHELLS[shell];
  if (make !== undefined) return make(commandEntries(program));
  const guess = nearest(shell, Object.keys(SHELLS));
  throw new TidemarkError('usage', `no completions for '${shell}'`, {
    hint: guess === undefined ? 'there are: bash, zsh, fish' : `did you mean '${guess}'?`,
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashCase({ name, options, words }: CommandEntry): string {
  const flags = options.map(({ flag }) => flag).join(' ');
  return `    ${name}) words=${quoted([...words, flags].join(' '))} ;;`;
}

function bashScript(commands: readonly CommandEntry[]): string {
  const kinds = Object.entries(VALUES)
    .map(
      ([flag, kind]) =>
        `    ${flag}) values="$("\${COMP_WORDS[0]}" list --names ${kind} 2>/dev/null)" ;;`,
    )
    .join('\n');
  // The same flag may take a value in one command and none in another.
  const plain = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue, kind }) => takesValue && !kind)
      .map(({ flag }) => `${name}:${flag}`),
  );
  return `# tidemark completions for bash: source <(tidemark completions bash)
_tidemark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" values='' words=''
  COMPREPLY=()
  case "$previous" in
${kinds}
  esac
  case "\${COMP_WORDS[1]}:$previous" in
    ${plain.join('|')}) return ;;
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(bashCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tidemark tidemark
`;
}

/** Colons and brackets mean something to zsh. */
const zshText = (text: string): string =>
  text
    .replaceAll(/[[\]\\]/g, '\\$&')
    .replaceAll(':', '\\:')
    .replaceAll("'", "'\\''");

function zshOption({ flag, says, takesValue, kind }: OptionEntry): string {
  const value = !takesValue
    ? ''
    : kind === undefined
      ? ':value:_files'
      : `:${kind}: _tidemark_ids ${kind}`;
  return `'*${flag}[${zshText(says)}]${value}'`;
}

function zshScript(commands: readonly CommandEntry[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const rest = words.length === 0 ? "'*:file:_files'" : `'*:command:(${words.join(' ')})'`;
    return `    ${name}) _arguments ${options.map(zshOption).join(' ')} ${rest} ;;`;
  });
  return `#compdef tidemark
# tidemark completions for zsh: source <(tidemark completions zsh)
_tidemark_ids() {
  local -a ids
  ids=(\${(f)"$(tidemark list --names $1 2>/dev/null)"})
  compadd -a ids
}
_tidemark() {
  local -a commands
  commands=(${commands.map(({ name, says }) => `'${name}:${zshText(says)}'`).join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _tidemark tidemark
`;
}

function fishOption(command: string, { flag, says, takesValue, kind }: OptionEntry): string {
  const values = kind === undefined ? '' : ` -xa '(tidemark list --names ${kind} 2>/dev/null)'`;
  const value = takesValue && kind === undefined ? ' -r' : values;
  return `complete -c tidemark -n '__fish_seen_subcommand_from ${command}' -l ${flag.slice(2)} -d ${quoted(says)}${value}`;
}

function fishScript(commands: readonly CommandEntry[]): string {
  const lines = commands.flatMap(({ name, says, options, words }) => [
    `complete -c tidemark -n __fish_use_subcommand -f -a ${name} -d ${quoted(says)}`,
    ...words.map(
      (word) => `complete -c tidemark -n '__fish_seen_subcommand_from ${name}' -f -a ${word}`,
    ),
    ...options.map((option) => fishOption(name, option)),
  ]);
  return `# tidemark completions for fish: tidemark completions fish | source\n${lines.join('\n')}\n`;
}
