import { describe, expect, it } from 'vitest';
import { judgeGrowth, type Moment } from '../../harness/heap/growth.ts';
import { foldName } from '../../harness/heap/labels.ts';
import { createPathTree } from '../../harness/heap/path-tree.ts';

const cycles = [20, 30, 40, 50, 60, 80];
const moments: Moment[] = cycles.map((cycle) => ({ cycle, confirms: cycle === 80, lastId: 0 }));
const judge = (counts: readonly number[], births: readonly number[]) =>
  judgeGrowth(moments, { counts, births, isAgeless: false });
const steps = [0, 10, 10, 10, 10, 20];

describe('a count at the ends of blocks', () => {
  it('that rises by one per cycle, and keeps what was born, grows', () => {
    expect(judge([20, 30, 40, 50, 60, 80], steps)).toBe('growing');
  });

  it('that rises although nothing old survives does not grow: it is replaced', () => {
    expect(judge([20, 30, 40, 50, 60, 80], [0, 0, 0, 0, 0, 20])).toBeNull();
  });

  it('that stands still in one block does not grow', () => {
    expect(judge([20, 30, 30, 40, 50, 70], [0, 10, 0, 10, 10, 20])).toBeNull();
  });

  it('that stops in the confirm block is bounded so far, also when it stops in the middle of it', () => {
    expect(judge([20, 30, 40, 50, 60, 60], [0, 10, 10, 10, 10, 0])).toBe('bounded so far');
    expect(judge([20, 30, 40, 50, 60, 70], [0, 10, 10, 10, 10, 10])).toBe('bounded so far');
  });

  it('that rises in every block but not in every cycle is slow', () => {
    expect(judge([2, 4, 6, 8, 10, 13], [0, 2, 2, 2, 2, 3])).toBe('slow');
  });

  it('of which there are two looks is not judged', () => {
    expect(
      judgeGrowth(moments.slice(0, 2), { counts: [0, 10], births: [0, 10], isAgeless: true }),
    ).toBeNull();
  });
});

describe('a name of an edge', () => {
  it.each([
    ['ffi_event', 'ffi_event'],
    ['7', '[]'],
    ['room-17', 'room-#'],
    ['PA_x8Kd2mQpLr', '*'],
    ['5f0c2c1e-8a7b-4b1f-9d5e-0a1b2c3d4e5f', '*'],
    [
      '12 / part of key (Room @5) -> value (Object @7) pair in WeakMap (table @9)',
      'value of a WeakMap',
    ],
  ])('%s is filed under %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });
});

describe('places', () => {
  const [next, node, back] = [1, 2, 3];
  it('of a list are one, however long it is', () => {
    const tree = createPathTree();
    const head = tree.child(tree.root, 9, node);
    const first = tree.child(head, next, node);
    expect(tree.child(first, next, node)).toBe(first);
    expect(tree.size()).toBe(3);
  });

  it('of a chain whose links are two steps apart are few, however long it is', () => {
    const tree = createPathTree();
    let at = tree.child(tree.root, 9, 9);
    for (let link = 0; link < 20; link += 1) at = tree.child(tree.child(at, next, node), back, 4);
    expect(tree.size()).toBe(5);
  });
});
