import { basename } from 'node:path';
import { defineAllocator } from '../define.ts';
import { mappedFiles } from '../lib/proc-maps.ts';
import { look, refusal, withoutInherited } from './_proof.ts';

/** Executables that bring PartitionAlloc and put it in the place of malloc. */
const CHROMIUM = /^(chrome|chromium|chrome-headless-shell|headless_shell|msedge)$/;

/**
 * Chromium's own allocator, which is also its malloc. It cannot be swapped: a preloaded malloc breaks Chromium. Its live
 * bytes are told by the browser itself, for each of its processes.
 */
export default defineAllocator({
  id: 'partition-alloc',
  title: "Chromium's PartitionAlloc",
  readsLiveBytes: true,
  ensure: async () => ({ state: 'available', detail: 'part of Chromium' }),
  environment: async () => withoutInherited({ LD_PRELOAD: '' }),
  async prove(pid) {
    const { replacements, settings } = look(pid, 'partition-alloc');
    if (replacements.length > 0) {
      throw refusal('partition-alloc', `${replacements.join(', ')} is mapped`);
    }
    const set = Object.keys(settings)[0];
    if (set !== undefined) {
      throw refusal('partition-alloc', `${set} is set in the started process`);
    }
    const program = mappedFiles(pid)
      .map((file) => basename(file))
      .find((name) => CHROMIUM.test(name));
    if (program === undefined) throw refusal('partition-alloc', 'this is no Chromium');
    return {
      allocator: 'partition-alloc',
      evidence: `${program} brings it, nothing replaces it, no malloc setting`,
    };
  },
});
