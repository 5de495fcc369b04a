import { fileURLToPath } from 'node:url';
import type { Config } from './contracts/config.ts';
import type { CellAnalysis, ClassificationKind } from './contracts/result.ts';
import { whyBlind } from './lib/why-blind.ts';
import { judgeRun, makeRunDir, measureRun, planRun, setUpRun } from './pipeline.ts';
import type { Registry } from './registry.ts';

/** What is planted: 20 KiB per cycle, and pins that hold pages while live bytes stay flat. */
export interface Control {
  readonly mode: 'leak' | 'fragment' | 'idle';
  readonly cycles: number;
  readonly accept: readonly ClassificationKind[];
}

const CONTROLS: readonly Control[] = [
  { mode: 'leak', cycles: 30, accept: ['leak'] },
  { mode: 'fragment', cycles: 30, accept: ['fragmentation'] },
  { mode: 'idle', cycles: 30, accept: ['steady', 'warm-up'] },
];

export interface ControlResult {
  readonly control: Control;
  readonly analysis: CellAnalysis;
  readonly passes: boolean;
  readonly says: string;
  /** What it means that it does not pass, and what to do; null where it does. */
  readonly helps: string | null;
}

const HELPS: Readonly<Record<Control['mode'], string>> = {
  leak: 'a pass says nothing on this machine: see the checks above, and try again when nothing else runs',
  fragment:
    'what slack is called cannot be believed on this machine: try again when nothing else runs',
  idle: 'something else moves the memory of a program that rests: try again when nothing else runs',
};

function controlCommand(mode: Control['mode']): string {
  // The program is always the built one: what is measured never runs through a TypeScript loader.
  const built = fileURLToPath(new URL('./run/_control-program.js', import.meta.url)).replace(
    /(?<!dist\/)harness\/run\/_control/,
    'dist/harness/run/_control',
  );
  return `"${process.execPath}" --expose-gc "${built}" ${mode}`;
}

function configFor(control: Control): Config {
  return {
    scenarios: ['program-cycle'],
    targets: ['program'],
    allocators: ['glibc'],
    cycles: control.cycles,
    idleTail: 0,
    command: controlCommand(control.mode),
  };
}

function explain(control: Control, analysis: CellAnalysis): string {
  const { kind, why } = analysis.classification;
  const expected = control.accept.join(' or ');
  if (analysis.failure !== null) return `the control broke: ${analysis.failure.reason}`;
  return control.accept.includes(kind)
    ? `${kind}, as planted: ${why}`
    : `called ${kind}, planted was ${expected}: ${why}`;
}

/** A detector that saw no live bytes at all is not broken: this start of the control could not be read. */
export function helpFor(control: Control, analysis: CellAnalysis): string {
  const blind = whyBlind(analysis);
  return blind === null
    ? HELPS[control.mode]
    : `no live bytes of the control could be read (${blind}): start the self-test again`;
}

export interface SelfTestOptions {
  readonly registry: Registry;
  readonly version: string;
  readonly outDir: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface MeasuredControl {
  readonly control: Control;
  readonly runDir: string;
}

async function setUpControl(
  control: Control,
  { registry, version, outDir, log, signal }: SelfTestOptions,
): Promise<MeasuredControl> {
  const plan = planRun({
    config: configFor(control),
    registry,
    version,
    now: new Date(),
    suffix: control.mode,
  });
  const runDir = makeRunDir(outDir, plan.runId);
  await setUpRun(plan, registry, runDir, { log, signal });
  return { control, runDir };
}

/**
 * Plants a leak, a fragmentation and nothing, each in a child process, and runs the whole harness on each. All at once:
 * they wait most of the time, and the idle one showed no more noise beside the others than alone.
 */
export async function measureControls(options: SelfTestOptions): Promise<MeasuredControl[]> {
  const { registry, log, signal } = options;
  const measured: MeasuredControl[] = [];
  for (const control of CONTROLS) measured.push(await setUpControl(control, options));
  const named = CONTROLS.map(({ mode, cycles }) => `'${mode}' (${cycles} cycles)`);
  log(`controls ${named.join(', ')}, all at once`);
  const ended = await Promise.allSettled(
    measured.map(({ runDir }) => measureRun(runDir, registry, () => undefined, signal)),
  );
  // Only when none of them runs any more: the caller removes the folder they write into.
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return measured;
}

/** Judges the measured controls as any run is judged. */
export async function judgeControls(
  measured: readonly MeasuredControl[],
): Promise<ControlResult[]> {
  const results: ControlResult[] = [];
  for (const { control, runDir } of measured) {
    const analysis = (await judgeRun(runDir)).cells[0];
    if (analysis === undefined) throw new Error(`the control '${control.mode}' has no cell`);
    const passes =
      analysis.failure === null && control.accept.includes(analysis.classification.kind);
    results.push({
      control,
      analysis,
      passes,
      says: explain(control, analysis),
      helps: passes ? null : helpFor(control, analysis),
    });
  }
  return results;
}
