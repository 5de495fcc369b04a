// node test/golden/thin.mjs <run folder> <name>: makes a golden ledger of a stored run.
// Keeps what the analysis reads; paths, host facts and the launch command go. Review the result before it is committed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const mostClasses = 60;
const [run, name] = process.argv.slice(2);
if (run === undefined || name === undefined) throw new Error('usage: thin.mjs <run folder> <name>');

function thinReading({ values, quality, census, error }) {
  const biggest = census
    ?.toSorted((a, b) => b.sizeBytes * b.count - a.sizeBytes * a.count)
    .slice(0, mostClasses);
  return { values, quality, census: biggest, error: error?.replace(/(?:\/[\w.@+-]+)+/g, '<path>') };
}

function thinEntry(entry) {
  if (entry.type === 'cell-started') {
    const { versions, nativeBinaries } = entry.facts;
    return { ...entry, facts: { versions, launchCommand: '', nativeBinaries } };
  }
  if (entry.probes === undefined) return entry;
  const probes = Object.entries(entry.probes).map(([id, reading]) => [id, thinReading(reading)]);
  return { ...entry, probes: Object.fromEntries(probes) };
}

function thinPlan({ settings: { command: _, ...settings }, ...plan }) {
  const machine = { ...plan.machine, kernel: '', libc: '', cpus: 2, memoryBytes: 0 };
  return { ...plan, settings, skipped: [], machine, network: { kind: 'private', reason: '' } };
}

const read = (file) => readFileSync(join(run, file), 'utf8');
const entries = read('ledger.ndjson')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => thinEntry(JSON.parse(line)));
const folder = join(import.meta.dirname, 'ledgers');
mkdirSync(folder, { recursive: true });
const text = JSON.stringify({ plan: thinPlan(JSON.parse(read('plan.json'))), entries });
const packed = gzipSync(text, { level: 9 });
writeFileSync(join(folder, `${name}.json.gz`), packed);
console.log(`${name}: ${entries.length} lines, ${packed.length} bytes`);
