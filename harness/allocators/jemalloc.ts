import { TidemarkError } from '../contracts/errors.ts';
import { defineAllocator } from '../define.ts';
import { threadNames } from '../lib/proc-maps.ts';
import { ensureLibrary, FILE, findLibrary } from './_jemalloc-library.ts';
import { look, refusal, withoutInherited } from './_proof.ts';

/**
 * jemalloc returns free pages as a side effect of later allocations: an idle process never shrinks. A background thread
 * does it instead. Free pages decay after 500 ms (default 10 s): longer than a burst, which may reuse them, and short
 * enough that a sample taken at rest sees nearly none. No lazily freed (muzzy) stage, since those pages count as resident.
 */
const SETTINGS = 'background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0';
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
    const { replacements, settings } = look(pid, 'jemalloc');
    if (!replacements.includes(FILE)) {
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
