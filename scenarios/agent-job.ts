import { TidemarkError } from '../harness/contracts/errors.ts';
import type { ScenarioContext } from '../harness/contracts/plugins.ts';
import { defineScenario } from '../harness/define.ts';
import { sleep } from '../harness/lib/sleep.ts';
import { oneOf } from './_participants.ts';

/** Agents do not keep their room: it would be closed under them before their job is done. The scenario removes it. */
const EMPTY_SECONDS = 600;
const ENDING = { name: 'ending', values: ['leave', 'server-end'] } as const;
const PEER = { name: 'peer', values: ['none', 'publishes'] } as const;

/**
 * One job of an agent: a room of its own, a dispatch, and waiting until the job has really ended in the worker. A job
 * that is asked for and never taken fails the cycle, which is then repeated and recorded: about 1 dispatch in 140 is
 * accepted by LiveKit's server and never assigned.
 */
export default defineScenario({
  id: 'agent-job',
  title: 'run one agent job',
  description:
    'create a room, have an agent dispatched to it, wait until its job has run and its thread or process is gone',
  services: ['livekit-server'],
  needs: ['job'],
  parameters: {
    ending: 'leave',
    /** An agent of ours plays a tone for so long: it publishes a track. 0: it publishes nothing. */
    toneMs: 300,
    /** An agent that stays has its room removed so long after it took the job. */
    holdMs: 500,
    /** `publishes`: a participant outside the target plays a tone, and is still there when the agent leaves. */
    peer: 'none',
    /** Name of an agent that asks for explicit dispatch (target agent-worker). */
    agent: '',
    /** Python classes whose instances are counted in the worker, as in `Room,JobContext`. */
    classes: '',
  },

  ladder: { parameter: 'peer', steps: PEER.values },

  async setup(ctx) {
    oneOf('agent-job', ctx, ENDING);
    oneOf('agent-job', ctx, PEER);
  },

  async cycle(ctx) {
    const { rooms, target, parameters, signal } = ctx;
    if (target.startJob === undefined) {
      throw new TidemarkError('internal', 'the target takes no jobs');
    }
    const room = await rooms.create(EMPTY_SECONDS);
    const publishes = parameters.peer === 'publishes';
    const peer = publishes ? await ctx.peers.join({ room, publishes }) : null;
    try {
      const stays = parameters.ending === 'server-end';
      const job = await target.startJob({
        rooms,
        room,
        agentName: String(parameters.agent),
        toneMs: Number(parameters.toneMs),
        stays,
        signal,
      });
      const ended = job.ended();
      if (stays || !job.endsByItself) await endByServer(ctx, room, ended);
      await ended;
    } finally {
      await peer?.leave();
      await rooms.remove(room);
    }
    await rooms.waitUntilGone(room);
  },
});

async function endByServer(
  { rooms, parameters, signal }: ScenarioContext,
  room: string,
  ended: Promise<void>,
): Promise<void> {
  await Promise.race([ended, sleep(Number(parameters.holdMs), signal)]);
  await rooms.remove(room);
}
