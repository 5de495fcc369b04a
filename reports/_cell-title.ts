import type { CellAnalysis } from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { cutMiddle, visibleWidth } from '../harness/lib/table.ts';
import { targetName } from './_metric-words.ts';

/** Without the room for all of it the versions that were found go first: what tells cells apart stays to be read. */
export function cellTitle(analysis: CellAnalysis, room: number): string {
  const { cell } = analysis;
  const titleWith = (target: string): string =>
    [scenarioName(cell), target, cell.executor, cell.allocator]
      .concat(cell.repeat > 1 ? [`repeat ${cell.repeat}`] : [])
      .map(oneLine)
      .join(' · ');
  const whole = titleWith(targetName(analysis));
  return visibleWidth(whole) <= room ? whole : cutMiddle(titleWith(cell.target.text), room);
}
