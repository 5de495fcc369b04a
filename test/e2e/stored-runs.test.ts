import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finished, PROGRAM, tidemark } from './_tidemark.ts';

const ELSEWHERE = {
  NODE_OPTIONS: `--import="data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})"`,
};

describe('a stored run', () => {
  let run: Finished;
  beforeAll(async () => {
    const program = [
      '--scenario',
      'program-cycle',
      '--target',
      'program',
      '--command',
      `${PROGRAM} fine`,
    ];
    run = await tidemark([
      'run',
      ...program,
      '--allocator',
      'glibc',
      '--cycles',
      '16',
      '--idle-tail',
      '0s',
    ]);
  });

  const copy = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-stored-'));
    cpSync(run.runDir, folder, { recursive: true });
    return folder;
  };

  it('is judged again to the same result, from its folder or its ledger', async () => {
    for (const path of [run.runDir, join(run.runDir, 'ledger.ndjson')]) {
      const again = await tidemark(['analyze', path, '--json']);
      expect(again.code).toBe(run.code);
      expect(JSON.parse(again.stdout)).toEqual(
        JSON.parse(readFileSync(join(run.runDir, 'result.json'), 'utf8')),
      );
    }
  });

  it('is reported again, in the formats asked for', async () => {
    const folder = copy();
    rmSync(join(folder, 'report.md'));
    const again = await tidemark(['report', folder, '--format', 'markdown']);
    expect(again.code).toBe(0);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toBe(
      readFileSync(join(run.runDir, 'report.md'), 'utf8'),
    );
  });

  it('that was cut in half is read as far as it is whole, says what is missing, and is never a pass', async () => {
    const folder = copy();
    const ledger = join(folder, 'ledger.ndjson');
    truncateSync(ledger, Math.floor(readFileSync(ledger).length / 2));
    const half = await tidemark(['analyze', folder]);
    expect(half.stdout).toContain('of the ledger is not whole');
    expect(half.stdout).toContain('has no end');
    expect(half.code).not.toBe(0);
  });

  it('that measured nothing is never a pass', async () => {
    const folder = copy();
    writeFileSync(join(folder, 'ledger.ndjson'), '');
    expect((await tidemark(['analyze', folder])).code).toBe(4);
  });

  it('can be judged where nothing can be measured', async () => {
    const [measure, look, judge] = await Promise.all([
      tidemark(['run'], { env: ELSEWHERE }),
      tidemark(['inspect', '1'], { env: ELSEWHERE }),
      tidemark(['analyze', run.runDir], { env: ELSEWHERE }),
    ]);
    const line =
      'tidemark: measuring needs Linux on x86-64, this is darwin on x64 (analyze and report work here on runs recorded elsewhere)\n';
    expect([measure?.code, measure?.stderr]).toEqual([2, line]);
    expect([look?.code, look?.stderr]).toEqual([2, line]);
    expect(judge?.code).toBe(run.code);
  });
});
