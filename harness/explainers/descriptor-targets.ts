import { defineExplainer } from '../define.ts';
import { formatNumber } from '../lib/format.ts';
import { descriptorTargets } from './_descriptor-targets.ts';
import { answerOf, countNames, keyCounts } from './_growing-keys.ts';

/** What the descriptors lead to of which there are more after every block. */
export default defineExplainer({
  id: 'descriptor-targets',
  title: 'descriptors that grow, by what they lead to',
  cost: 'nothing: links are read from /proc',
  perturbs: false,
  supports: () => true,
  async start() {
    const counts = keyCounts();
    return {
      async look(at) {
        counts.add(at, countNames(at.processes.flatMap(({ pid }) => descriptorTargets(pid))));
      },
      async conclude() {
        return answerOf(
          'descriptor-targets',
          counts,
          ({ key, countPerCycle }) =>
            `${formatNumber(countPerCycle)} descriptors per cycle lead to: ${key}`,
        );
      },
    };
  },
});
