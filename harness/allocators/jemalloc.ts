import { TidemarkError } from '../contracts/errors.ts';
import { defineAllocator } from '../define.ts';
import { threadNames } from '../lib/proc-maps.ts';
import { ensureLibrary, FILE, findLibrary } from './_jemalloc-library.ts';
import { look, refusal, requireLibc, withoutInherited } from './_proof.ts';

/**
 * Free pages go back at once (default: after 10 s), so that what is resident is what is used: over 50 join/leave cycles of
 * rtc-node anonymous memory moved by 0.4 MB, against 1.5 MB with a decay of 500 ms and 2 MB with the default, and cycles
 * took no longer. With any other decay an idle process would never shrink without the background thread; it costs one
 * thread and also serves pages that were still waiting.
 */
const SETTINGS = 'background_thread:true,dirty_decay_ms:0,muzzy_decay_ms:0';
/** Settings that would turn it into another experiment have been taken away; this one must be there. */
const VARIABLE = 'MALLOC_CONF';

/** The second witness: a leak grows the same under every allocator. Its live bytes cannot be read from outside. */
export default defineAllocator({
  id: 'jemalloc',
  title: 'jemalloc 5',
  readsLiveBytes: false,
  ensure: (ctx) => ensureLibrary(ctx),
  async environment({ cacheDir }) {
    const file = await findLibrary(cacheDir);
    if (file === null) {
      throw new TidemarkError('allocator', 'jemalloc is not installed', { hint: 'tidemark setup' });
    }
    return withoutInherited({ LD_PRELOAD: file, [VARIABLE]: SETTINGS });
  },
  async prove(pid) {
    const loaded = look(pid, 'jemalloc');
    const { replacements, settings } = loaded;
    if (!replacements.includes(FILE)) {
      requireLibc(loaded, 'jemalloc');
      const found =
        replacements.length === 0 ? 'no replacement of malloc' : replacements.join(', ');
      throw refusal('jemalloc', `${FILE} is not mapped, found ${found}`, LAUNCHERS);
    }
    if (settings[VARIABLE] !== SETTINGS) {
      throw refusal('jemalloc', `${VARIABLE} is not the one that was given`, LAUNCHERS);
    }
    const background = threadNames(pid).includes('jemalloc_bg_thd')
      ? ', background thread runs'
      : '';
    return { allocator: 'jemalloc', evidence: `${FILE} is mapped, ${SETTINGS}${background}` };
  },
});

const LAUNCHERS = 'launchers and setuid programs drop LD_PRELOAD: run the program itself';
