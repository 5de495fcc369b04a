import { defineReport } from '../harness/define.ts';
import { redactDeep } from '../harness/lib/format-safe.ts';

/** The result as it is, for programs; JSON has no infinity, an unbounded interval is the largest number. */
export default defineReport({
  id: 'json',
  title: 'Result as JSON',
  fileName: 'result.json',
  render: (result) => `${JSON.stringify(redactDeep(result), finite, 2)}\n`,
});

function finite(_key: string, value: unknown): unknown {
  if (value === Infinity) return Number.MAX_VALUE;
  return value === -Infinity ? -Number.MAX_VALUE : value;
}
