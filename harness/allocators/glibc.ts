import { defineAllocator } from '../define.ts';
import { requireGlibc, withoutInherited } from './_proof.ts';

/** The system's malloc as it comes: one arena per thread until there are eight per core. */
export default defineAllocator({
  id: 'glibc',
  title: 'glibc malloc',
  readsLiveBytes: true,
  ensure: async () => ({ state: 'available', detail: 'part of the system' }),
  environment: async () => withoutInherited({ LD_PRELOAD: '' }),
  async prove(pid) {
    const libc = requireGlibc(pid, 'glibc', {});
    return {
      allocator: 'glibc',
      evidence: `${libc} is mapped, nothing replaces its malloc, no malloc setting`,
    };
  },
});
