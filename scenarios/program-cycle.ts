import { TidemarkError } from '../harness/contracts/errors.ts';
import { defineScenario } from '../harness/define.ts';

export default defineScenario({
  id: 'program-cycle',
  title: 'one round trip of a program',
  description: 'asks the program for one round trip of its own and waits until it says it is done',
  services: [],
  needs: ['step'],

  async cycle({ target, cycle }) {
    if (target.step === undefined) throw new TidemarkError('internal', 'the target has no steps');
    await target.step(cycle);
  },
});
