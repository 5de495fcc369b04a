import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../harness/targets/_command-line.ts';
import { launchCommand } from '../../harness/targets/_launch-command.ts';

describe('a command line', () => {
  it.each([
    ['node a.js', ['node', 'a.js']],
    ['  node   a.js  ', ['node', 'a.js']],
    [`sh -c 'echo "$A" | cat'`, ['sh', '-c', 'echo "$A" | cat']],
    ['a "b c" d\\ e', ['a', 'b c', 'd e']],
    ['a "say \\"hi\\"" x\'y\'"z"', ['a', 'say "hi"', 'xyz']],
    ['a \'\' ""', ['a', '', '']],
    ["a 'back\\slash'", ['a', 'back\\slash']],
    ['', []],
  ])('%s is split like a shell does', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it.each(["node 'a.js", 'node "a.js', 'node a\\'])('%s is refused', (text) => {
    expect(() => splitCommand(text)).toThrow('a quote that is not closed');
  });
});

describe('a launch command that is kept', () => {
  it('holds no folder of this machine', () => {
    const words = [
      '/usr/bin/node',
      '/c/rtc-node/1.1.0/index.js',
      `${process.cwd()}/a.js`,
      `${homedir()}/b.js`,
      '--flag=1',
    ];
    expect(launchCommand(words, { cacheDir: '/c' })).toBe(
      'node <cache>/rtc-node/1.1.0/index.js ./a.js ~/b.js --flag=1',
    );
  });
});
