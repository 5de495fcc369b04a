import { defineAllocator } from '../define.ts';
import { requireGlibc, withoutInherited } from './_proof.ts';

const SETTING = { MALLOC_ARENA_MAX: '1' };

/** One arena for all threads: less slack and more waiting. Growth that is gone here is the allocator's. */
export default defineAllocator({
  id: 'glibc-arena-1',
  title: 'glibc malloc with one arena',
  readsLiveBytes: true,
  ensure: async () => ({ state: 'available', detail: 'part of the system' }),
  environment: async () => withoutInherited({ LD_PRELOAD: '', ...SETTING }),
  async prove(pid) {
    const libc = requireGlibc(pid, 'glibc-arena-1', SETTING);
    return {
      allocator: 'glibc-arena-1',
      evidence: `${libc} is mapped, nothing replaces its malloc, MALLOC_ARENA_MAX=1`,
    };
  },
});
