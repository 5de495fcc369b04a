import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../contracts/errors.ts';
import { formatAmount, formatRate } from '../lib/format.ts';
import { loadRegistry } from '../registry.ts';
import { storeIdleNoise } from '../run/idle-noise.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';
import { planNetwork } from '../run/private-network.ts';
import { type ControlResult, runSelfTest } from '../self-test.ts';
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
    const results = await runSelfTest({
      registry: await loadRegistry(),
      version: VERSION,
      outDir,
      log: (line) => void process.stderr.write(`${line}\n`),
      signal: new AbortController().signal,
    });
    for (const { control, passes, says } of results)
      say(`${passes ? 'ok  ' : 'FAIL'} ${control.mode}: ${says}`);
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

/** `tidemark doctor`: what works here, and with `--self-test` whether the detector does. */
export async function doctor(flags: { selfTest?: boolean }): Promise<ExitCode> {
  requireMeasurablePlatform();
  const network = planNetwork();
  say(`network: ${network.kind === 'private' ? 'private' : "the host's"}: ${network.reason}`);
  return flags.selfTest ? selfTest() : EXIT.pass;
}
