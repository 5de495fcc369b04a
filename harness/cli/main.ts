import { Command, CommanderError } from 'commander';
import { BASELINE_FILE, DEFAULT_BASELINE } from '../baselines.ts';
import { DEFAULT_OUT } from '../contracts/config.ts';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { redact } from '../lib/format-safe.ts';
import {
  type AnalyzeFlags,
  analyze,
  checkAnalyzeFlags,
  type ReportFlags,
  report,
} from './analyze.ts';
import { analyzeCsv, type CsvFlags } from './analyze-csv.ts';
import { type BaselineFlags, saveRun, showBaselines } from './baseline.ts';
import { compare } from './compare.ts';
import { completionScript } from './completions.ts';
import { type DoctorFlags, doctor } from './doctor.ts';
import { addExamples } from './examples.ts';
import { executeQuietly } from './execute-quietly.ts';
import { type ExplainFlags, executeExplain, explain } from './explain.ts';
import { init } from './init.ts';
import { type InspectFlags, inspect } from './inspect.ts';
import { type ListFlags, list } from './list.ts';
import { merge } from './merge.ts';
import { addRunOptions, collect, type RunFlags } from './options.ts';
import { resume } from './resume.ts';
import { type ExecuteFlags, executeRun, run } from './run.ts';
import { setup } from './setup.ts';
import { VERSION } from './version.ts';

const FIRST_STEPS = `Is it a leak, or is it the allocator? Three commands to try first:

  npx tidemark run                   measure join-leave on the LiveKit Node SDK
  npx tidemark analyze <run>         judge a stored run again
  npx tidemark init                  write a config and a first scenario for your project

npx tidemark --help shows the rest.
`;

const EXAMPLES = `Examples:
  npx tidemark run --target rtc-node@1.1.0 --target rtc-node@1.1.0+ffi0.12.80 --cycles 60
  npx tidemark run --scenario program-cycle --target program --command 'node my-program.js'
  npx tidemark analyze --csv rss.csv --budget 16KiB/cycle
  npx tidemark inspect 4242
  npx tidemark explain reports/out/<run>
`;

type Done = (code: ExitCode) => void;

function addMeasuring(program: Command, done: Done): void {
  addRunOptions(program.command('run').description('measure, judge and report'))
    .option('--against <baseline>', 'a baseline file or a run: growth may not be worse')
    .option('--shard <i/n>', 'measure part i of n only; merge puts the parts together')
    .option('--resume <run>', 'run the cells again that an interrupted run did not finish')
    .action(async (flags: RunFlags) =>
      done(await (flags.resume === undefined ? run(flags) : resume(flags))),
    );
  addRunOptions(program.command('setup').description('fetch what the same run would need')).action(
    async (flags: RunFlags) => done(await setup(flags)),
  );
  program
    .command('inspect <pid>')
    .description('one look at any running process: live bytes, slack, threads, descriptors')
    .option('--json', 'print JSON')
    .option('--watch <time>', 'look again and again, as 5s')
    .option('--tree', 'the process and all below it, each with its role')
    .option('--census', 'every size class of live blocks')
    .option('--stop', 'stop the process while it is read, for an exact reading')
    .action(async (pid: string, flags: InspectFlags) => done(await inspect(pid, flags)));
  program
    .command('_execute <runDir> [roots...]', { hidden: true })
    .option('--explain')
    .option('--events', 'tell what happens on descriptor 3 and print nothing')
    .action(async (runDir: string, roots: string[], flags: ExecuteFlags) =>
      done(
        flags.events
          ? await executeQuietly(runDir, roots)
          : await executeRun(runDir, { ...flags, roots }),
      ),
    );
}

function addExplainOptions(command: Command): Command {
  return command
    .option('--cell <id>', 'cell to explain, by its id or a part of it (default: the first leak)')
    .option('--cycles <n>', 'round trips of the whole explain run (default: 80)')
    .option('--keep-snapshots', 'keep the heap snapshots, compressed and for your eyes only')
    .option('--second-opinion', 'ask memlab about the same snapshots; it never decides')
    .option('--redact', 'strip contents of strings, ids and paths from what is written');
}

function addExplaining(program: Command, done: Done): void {
  addExplainOptions(
    program
      .command('explain <run>')
      .description('repeat a leaking cell with costly looks: who keeps what, and where it is made'),
  )
    .option('--command <line>', 'the command again, where it held a secret')
    .option('--param <name=value>', 'a parameter again that was a secret; repeatable', collect)
    .action(async (run: string, flags: ExplainFlags) => done(await explain(run, flags)));
  addExplainOptions(program.command('_explain <runDir>', { hidden: true })).action(
    async (runDir: string, flags: ExplainFlags) => done(await executeExplain(runDir, flags)),
  );
}

function addJudging(program: Command, done: Done): void {
  program
    .command('analyze [run]')
    .description('judge a stored run again, or any series in a CSV file')
    .option('--csv <file>', 'judge cycle,<metric>,... from a file (- is standard input)')
    .option(
      '--budget <rate>',
      'allowed growth for --csv: 16KiB/cycle, 1MiB/minute, or rss=16KiB/cycle for one column; repeatable',
      collect,
    )
    .option('--against <baseline>', 'a baseline file or a run: growth may not be worse')
    .option('--json', 'print the result as JSON')
    .action(async (path: string | undefined, flags: CsvFlags & AnalyzeFlags) => {
      checkAnalyzeFlags(path, flags);
      done(path === undefined ? analyzeCsv(flags) : await analyze(path, flags));
    });
  program
    .command('report <run>')
    .description('write the reports of a stored run')
    .option('--format <name...>', 'reports to write')
    .option('--issue', 'write issue.md: the cell that leaks, ready to paste')
    .option('--cell <id>', 'cell of --issue, by its id or a part of it (default: the worst)')
    .action(async (path: string, flags: ReportFlags) => done(await report(path, flags)));
  program
    .command('merge <shards...>')
    .description('put the shards of a run together, and judge the whole')
    .option('--out <folder>', 'where the merged run goes', DEFAULT_OUT)
    .action(async (shards: string[], flags: { out: string }) => done(await merge(shards, flags)));
}

function addComparing(program: Command, done: Done): void {
  program
    .command('compare <before> <now>')
    .description('runs or baselines: is growth worse, better, the same, or cannot it be told')
    .option('--json', 'print the comparison as JSON')
    .action(async (before: string, now: string, flags: { json?: boolean }) =>
      done(await compare(before, now, flags)),
    );
  const baseline = program.command('baseline').description('what was accepted: save, show');
  baseline
    .command('save <run>')
    .description('accept a run: what it does is what the next may do')
    .option('--as <name>', 'which baseline, where there are several', DEFAULT_BASELINE)
    .option('--file <file>', 'the file, to be committed', BASELINE_FILE)
    .action(async (path: string, flags: BaselineFlags) => done(await saveRun(path, flags)));
  baseline
    .command('show')
    .description('what is accepted, and what was before')
    .option('--file <file>', 'the file', BASELINE_FILE)
    .action((flags: Pick<BaselineFlags, 'file'>) => done(showBaselines(flags)));
}

function addKnowing(program: Command, done: Done): void {
  program
    .command('list')
    .description('scenarios, targets, executors, allocators, probes, reports')
    .option('--json', 'print JSON, with everything there is to know')
    .option('--names <kind>', 'print only the ids of one kind, as scenarios')
    .action(async (flags: ListFlags) => done(await list(flags)));
  program
    .command('init')
    .description('write a config and a first scenario that fit this project')
    .action(async () => done(await init()));
  program
    .command('doctor')
    .description('what works on this machine, what does not, and what helps')
    .option('--self-test', 'plant a leak and a fragmentation; check that each is called what it is')
    .option('--json', 'print JSON')
    .action(async (flags: DoctorFlags) => done(await doctor(flags)));
  program
    .command('completions <shell>')
    .description('print completions for bash, zsh or fish')
    .action((shell: string) => void process.stdout.write(completionScript(shell, program)));
}

function build(done: Done): Command {
  const program = new Command('tidemark')
    .description('Leak or allocator slack? Memory tests for WebRTC programs.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .addHelpText('after', `\n${EXAMPLES}`);
  addMeasuring(program, done);
  addExplaining(program, done);
  addJudging(program, done);
  addComparing(program, done);
  addKnowing(program, done);
  addExamples(program);
  return program;
}

/** As every other error: commander's own lines say neither who speaks nor what to do. */
function tellUsage({ code, message, exitCode }: CommanderError): ExitCode {
  if (exitCode === 0) return EXIT.pass;
  // Its message stands for a help that was printed.
  if (code === 'commander.help') return EXIT.usage;
  const [what = '', ...more] = message.replace(/^error: /, '').split('\n');
  const [command = ''] = process.argv.slice(2);
  const isKnown = code !== 'commander.unknownCommand' && !command.startsWith('-');
  const help = `(npx tidemark ${isKnown ? `${command} ` : ''}--help shows what there is)`;
  process.stderr.write(`tidemark: ${[what, ...(more.length > 0 ? more : [help])].join(' ')}\n`);
  return EXIT.usage;
}

/** One line that says what happened, and what to do. */
function tell(error: unknown): ExitCode {
  if (error instanceof CommanderError) return tellUsage(error);
  if (error instanceof TidemarkError) {
    process.stderr.write(
      `tidemark: ${redact(error.message)}${error.hint === undefined ? '' : ` (${error.hint})`}\n`,
    );
    return error.exitCode;
  }
  process.stderr.write(
    `tidemark: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.broken;
}

/** `tidemark run 2>&1 | head`: a reader that has seen enough is no error, and changes no verdict. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** The only place that sets the exit code. */
async function main(): Promise<void> {
  let code: ExitCode = EXIT.pass;
  try {
    if (process.argv.length <= 2) process.stdout.write(FIRST_STEPS);
    else
      await build((given) => {
        code = given;
      }).parseAsync();
  } catch (error) {
    code = tell(error);
  }
  process.exitCode = code;
}

await main();
