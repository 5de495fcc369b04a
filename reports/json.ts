import { defineReport } from '../harness/define.ts';
import { knownOrNull } from '../harness/lib/format.ts';
import { redactDeep } from '../harness/lib/format-safe.ts';

/** The result as it is, for programs; a bound of an interval that is not known is null. */
export default defineReport({
  id: 'json',
  title: 'Result as JSON',
  fileName: 'result.json',
  render: (result) => `${JSON.stringify(redactDeep(result), knownOrNull, 2)}\n`,
});
