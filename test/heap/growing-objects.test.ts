import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainAnswer } from '../../harness/contracts/explainers.ts';
import growingObjects from '../../harness/explainers/growing-objects.ts';
import instanceCounts from '../../harness/explainers/instance-counts.ts';
import { findGrowing, type TakenSnapshot } from '../../harness/heap/find-growing.ts';
import { readSnapshot } from '../../harness/heap/read-snapshot.ts';
import { secondOpinion } from '../../harness/heap/second-opinion.ts';
import { contextFor, explainPlanted, snapshotsOf } from './_planted.ts';

const folders: string[] = [];
function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'tidemark-heap-')));
  return folders.at(-1) ?? '';
}
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

/** Both explainers of a heap in one run, the snapshots kept and redacted. */
async function explain(mode: string) {
  const cellDir = folder();
  let counts: Awaited<ReturnType<typeof instanceCounts.start>> | undefined;
  const objects = await explainPlanted(mode, async (runtimes) => {
    const context = {
      ...contextFor(cellDir, runtimes),
      keepSnapshots: mode === 'growing',
      redact: true,
    };
    const one = await growingObjects.start(context);
    const other = await instanceCounts.start(context);
    counts = other;
    return {
      async look(at) {
        await other.look(at);
        await one.look(at);
      },
      conclude: one.conclude,
    };
  });
  const taken = readdirSync(snapshotsOf(cellDir)).map((name) => {
    const file = join(snapshotsOf(cellDir), name);
    return { name, text: readFileSync(file, 'utf8') };
  });
  const answer = await objects.conclude();
  return { cellDir, taken, answer, counts: await counts?.conclude() };
}

const growing = ({ findings }: ExplainAnswer) =>
  findings
    .filter(({ state }) => state !== 'bounded so far')
    .map(({ state, trace, countPerCycle }) => `${state} ${countPerCycle} ${trace[0]}`)
    .sort();

describe('real snapshots of a Node program', () => {
  let keeps: Awaited<ReturnType<typeof explain>>;
  let calm: Awaited<ReturnType<typeof explain>>;
  beforeAll(async () => {
    [keeps, calm] = await Promise.all([explain('growing'), explain('quiet')]);
  });

  it('that keeps more in ten ways name exactly these, each with its owner', () => {
    expect(growing(keeps.answer)).toEqual(
      [
        'growing 1 Registry.sessions -> Map [] => Session',
        'growing 1 Room.tracks -> Array [] => Track',
        'growing 1 Hub._events -> change -> Array [] => onChange()@planted.mjs:71:39',
        'growing 1 Wrapper.call -> wrapped()@planted.mjs:76:36 -> scope.inner => wrapped()@planted.mjs:76:36',
        'growing 1 Chain.head -> Peer -> next => Peer',
        'growing 1 Queue.first -> Entry -> after => Entry',
        'growing 1 TimersList._idleNext => Timeout',
        'growing 1 Inbox.waiting -> Array [] => Promise',
        'growing 1 Journal.lines -> Array [] => (string)',
        'growing 1 Recorder.chunks -> Array [] => Buffer',
      ].sort(),
    );
  });

  it('that keep an object twice name both owners', () => {
    const track = keeps.answer.findings.find(({ trace }) => trace[0]?.includes('Track'));
    expect(track?.details.find(({ label }) => label === 'all owners')?.text).toBe(
      'Room.tracks -> Array; Mixer.inputs -> Set',
    );
  });

  it('say how many bytes are kept: a buffer of 20,000 bytes and little more', () => {
    const buffer = keeps.answer.findings.find(({ trace }) => trace[0]?.includes('Buffer'));
    expect(buffer?.bytesPerCycle).toBeGreaterThan(20_000);
    expect(buffer?.bytesPerCycle).toBeLessThan(20_400);
  });

  it('of caches that fill, an LRU, a ring, a WeakMap and lazy compilation name nothing', () => {
    expect(growing(calm.answer)).toEqual([]);
    expect(calm.answer.problems).toEqual([]);
  });

  it('tell a cache that was full only after 60 cycles as bounded so far', () => {
    const bounded = calm.answer.findings.map(({ state, trace }) => [state, trace[0]]);
    expect(bounded).toEqual([['bounded so far', 'Cache.entries -> Map [] => Frame']]);
  });

  it('agree with counts of instances and listeners asked of the program itself', () => {
    const says = keeps.counts?.findings.map((finding) => finding.says) ?? [];
    expect(says).toContain("1 listeners for 'change' on Hub per cycle");
    const [instances] = says.filter((text) => text.startsWith('instances that a cycle adds'));
    expect(instances).toMatch(/Session \+1\b.*/);
    expect(instances).toMatch(/Track \+1\b.*/);
    expect(calm.counts?.findings).toEqual([]);
  });

  it('that are kept and redacted hold no string of the program and no path, and can be read', () => {
    const name = 'heap-after-80.heapsnapshot';
    const plain = keeps.taken.find((one) => one.name === name)?.text ?? '';
    const file = join(snapshotsOf(keeps.cellDir), `${name}.gz`);
    const clean = gunzipSync(readFileSync(file)).toString('utf8');
    const secrets = ['lanruoj eht', 'session 7', process.cwd(), '/fixtures/'];
    expect(secrets.filter((text) => !plain.includes(text))).toEqual([]);
    expect(secrets.filter((text) => clean.includes(text))).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = join(folder(), name);
    writeFileSync(again, clean);
    const graph = readSnapshot(again);
    expect(graph.strings).toContain('Registry');
    expect(graph.strings).toContain('planted.mjs');
  });

  it('are given to memlab too, whose own rules stand beside, and whose end on a bad file is a line', async () => {
    const dir = folder();
    const files = keeps.taken
      .filter(({ name }) => /after-(30|60|80)\./.test(name))
      .map(({ name, text }) => {
        writeFileSync(join(dir, name), text);
        return join(dir, name);
      })
      .sort();
    const says = await secondOpinion(files);
    expect(says).toMatch(
      /^memlab, which does not decide here: its leak rules find \d+, its unbound-object names .*/,
    );
    expect(says).toContain('Recorder');
    writeFileSync(files[1] ?? '', '{"snapshot": {');
    await expect(secondOpinion(files)).rejects.toThrow(/^memlab /);
  });

  it('that end in the middle or are garbled are left out with a line each, and the rest goes on', () => {
    const text = keeps.taken.map(({ name, text: whole }) => ({
      cycle: Number(/after-(\d+)/.exec(name)?.[1]),
      whole,
    }));
    const dir = folder();
    const spoilt = text
      .sort((a, b) => a.cycle - b.cycle)
      .map(({ cycle, whole }): TakenSnapshot => {
        const file = join(dir, `${cycle}`);
        const half = whole.slice(0, whole.length / 2);
        const bad = cycle === 30 ? half : cycle === 40 ? whole.replace(/,(\d+),/, ',x,') : whole;
        writeFileSync(file, bad);
        return { cycle, confirms: cycle === 80, read: () => readSnapshot(file) };
      });
    const { objects, problems } = findGrowing(spoilt);
    expect(problems).toEqual([
      expect.stringMatching(
        /^the snapshot after cycle 30 is not whole and was left out: .* at byte \d+$/,
      ),
      expect.stringMatching(/^the snapshot after cycle 40 is not whole and was left out: .*$/),
    ]);
    expect(objects.map(({ ofClass }) => ofClass)).toContain('Session');
    const few = findGrowing(spoilt.slice(1, 3));
    expect(few.problems.at(-1)).toMatch(/^0 usable snapshots are too few to compare; 3 are needed/);
  });
});
