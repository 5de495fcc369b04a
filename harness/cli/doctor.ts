import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { formatAmount, formatRate } from '../lib/format.ts';
import { padEnd } from '../lib/table.ts';
import { loadRegistry } from '../registry.ts';
import { storeIdleNoise } from '../run/idle-noise.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';
import { type ControlResult, judgeControls, measureControls } from '../self-test.ts';
import { checkMachine, type MachineCheck } from './machine-checks.ts';
import { VERSION } from './version.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What this machine adds to a series when nothing happens: the smallest growth a run here can see. */
function sayNoise({ analysis }: ControlResult): void {
  say('idle noise of this machine:');
  for (const { title, unit, role, trend } of analysis.metrics) {
    if (role === 'info' || role === 'count') continue;
    const seen = trend.minimumDetectableSlope;
    const could =
      seen === null
        ? ''
        : `, ${analysis.cyclesDone} cycles could have seen ${formatRate(seen, unit)}`;
    say(`  ${title.padEnd(18)} sd ${formatAmount(trend.noise, unit)}${could}`);
  }
}

/** Later runs on this machine never claim to have seen more than it lets an idle program show. */
function keepNoise({ analysis }: ControlResult): void {
  const judged = analysis.metrics.filter(({ role, trend }) => role !== 'info' && trend.noise > 0);
  storeIdleNoise({
    measuredAt: new Date().toISOString(),
    deviations: Object.fromEntries(judged.map(({ id, trend }) => [id, trend.noise])),
  });
  say('kept: later runs under this kernel state what they could see accordingly');
}

async function selfTest(): Promise<ExitCode> {
  const outDir = mkdtempSync(join(tmpdir(), 'tidemark-self-test-'));
  try {
    const measured = await measureControls({
      registry: await loadRegistry(),
      version: VERSION,
      outDir,
      log: (line) => void process.stderr.write(`${line}\n`),
      signal: new AbortController().signal,
    });
    const results = await judgeControls(measured);
    for (const { control, passes, says, helps } of results) {
      say(`${passes ? 'ok  ' : 'FAIL'} ${control.mode}: ${says}`);
      if (helps !== null) say(`     helps: ${helps}`);
    }
    const idle = results.find(({ control }) => control.mode === 'idle');
    if (idle !== undefined) {
      sayNoise(idle);
      if (idle.passes) keepNoise(idle);
    }
    return results.every(({ passes }) => passes) ? EXIT.pass : EXIT.broken;
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

export interface DoctorFlags {
  selfTest?: boolean;
  json?: boolean;
}

const MARKS: Readonly<Record<MachineCheck['state'], string>> = {
  ok: 'ok  ',
  limited: 'note',
  missing: 'FAIL',
};

function sayCheck({ name, state, says, helps }: MachineCheck): void {
  say(`${MARKS[state]} ${padEnd(name, 16)} ${says}`);
  if (helps !== undefined) say(`${' '.repeat(22)}helps: ${helps}`);
}

/** `tidemark doctor`: what works here and what helps, and with `--self-test` whether the detector works. */
export async function doctor(flags: DoctorFlags): Promise<ExitCode> {
  if (flags.json && flags.selfTest) {
    throw new TidemarkError('usage', 'doctor gives either --json or --self-test', {
      hint: 'the self-test has no JSON',
    });
  }
  const checks = await checkMachine();
  if (flags.json) say(JSON.stringify(checks, null, 2));
  else for (const check of checks) sayCheck(check);
  const measures = checks.every(({ state }) => state !== 'missing');
  if (!flags.selfTest) return measures ? EXIT.pass : EXIT.broken;
  requireMeasurablePlatform();
  return selfTest();
}
