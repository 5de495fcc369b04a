import { defineExplainer } from '../define.ts';
import { formatNumber } from '../lib/format.ts';
import { countThreads } from '../native/process-counts.ts';
import { answerOf, keyCounts } from './_growing-keys.ts';

/** Names of the threads of which there are more after every block: libraries name their threads by what they are for. */
export default defineExplainer({
  id: 'thread-names',
  title: 'threads that grow, by name',
  cost: 'nothing: names are read from /proc',
  perturbs: false,
  supports: () => true,
  async start() {
    const counts = keyCounts();
    return {
      async look(at) {
        const found = new Map<string, number>();
        for (const { pid, role } of at.processes)
          for (const { name, count } of countThreads(pid))
            found.set(`${name} (${role})`, (found.get(`${name} (${role})`) ?? 0) + count);
        counts.add(at, found);
      },
      async conclude() {
        return answerOf(
          'thread-names',
          counts,
          ({ key, countPerCycle }) =>
            `${formatNumber(countPerCycle)} threads named ${key} per cycle`,
        );
      },
    };
  },
});
