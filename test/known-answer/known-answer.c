/*
 * Programs whose memory behaviour is known, so that a judge of memory can be judged.
 *
 *   known-answer MODE SEED [A] [B]
 *
 * Reads lines from stdin. One line is one cycle: "cycle 5" is answered with "done 5" when the cycle is over and all its
 * memory is back where it belongs. Ends at the end of input. At least 200 cycles are quick in every mode.
 *
 * The truth, per cycle and after the first. chunk(n) = the bytes malloc takes for n: n + 8 rounded up to 16, at least 32;
 * now and then 16 more, where a reused hole has 16 bytes too many to fit and too few to be a chunk (1 block in some 100).
 *
 *   steady         live flat, slack flat. Random blocks are taken and all given back.
 *   leak           live grows by A * chunk(B) (A blocks of B bytes; 10 and 1000 unless given), and by nothing else.
 *   saturating     live grows by A * chunk(B) (20 and 500) until A * 40 blocks are held, at cycle 40; flat from then on.
 *   fragmentation  live flat to the byte; pinned grows by about 128 KB; trimmable does not grow; up to cycle 200. Every
 *                  cycle asks for blocks larger than any hole so far and leaves a 32-byte block in front of each new
 *                  hole; as many bytes of a reserve of small blocks are given back.
 *   retention      live flat to the byte; trimmable grows by 128 KB; pinned flat. Every peak is higher than the last, and
 *                  the top of the heap is never trimmed.
 *   arenas         live flat but for the arenas' first use; up to 12 threads at once take and give back blocks, each in
 *                  an arena of its own. Resident bytes grow while new arenas appear, in the first 10 cycles or so.
 *   mmap           live grows by A (1) blocks of pages(B + 16) bytes (B 200000) with mappings of their own; other blocks
 *                  around the mmap threshold are taken and given back.
 *   own-heap       live flat; anonymous memory grows by pages(A) (A 200000) in a heap that is not malloc's, on which a
 *                  thread stands: in its first pages, above a wide gap, as goroutines do (B 0, the default), or on a
 *                  stack with a guard right below it (B 1). Up to 250 cycles of that size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t random_state;

static unsigned next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (unsigned)(*state >> 11);
}

static void fail(const char *what) {
  fprintf(stderr, "known-answer: %s\n", what);
  exit(1);
}

/* A block that is written to: memory that nobody touched is not resident. */
static void *take(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) fail("out of memory");
  memset(block, 0x5a, bytes);
  return block;
}

/* Pointers that are kept for ever, in a mapping of its own that does not count as malloc's. */
static void **kept;
static size_t kept_count;
enum { KEPT_LIMIT = 1 << 22 };

static void keep(void *block) {
  if (kept_count == KEPT_LIMIT) fail("too many kept blocks");
  kept[kept_count++] = block;
}

/* Random blocks, all given back in another order. */
enum { CHURN = 300 };

static void churn(uint64_t *state, size_t most) {
  void *held[CHURN];
  for (int i = 0; i < CHURN; i++) held[i] = take(1 + next_random(state) % most);
  for (int i = CHURN - 1; i > 0; i--) {
    int other = (int)(next_random(state) % (unsigned)(i + 1));
    void *swap = held[i];
    held[i] = held[other];
    held[other] = swap;
  }
  for (int i = 0; i < CHURN; i++) free(held[i]);
}

static void steady(long cycle, size_t a, size_t b) {
  (void)cycle, (void)a, (void)b;
  churn(&random_state, 3000);
}

static void leak(long cycle, size_t count, size_t bytes) {
  (void)cycle;
  churn(&random_state, 3000);
  for (size_t i = 0; i < count; i++) keep(take(bytes));
}

static void saturating(long cycle, size_t count, size_t bytes) {
  static size_t oldest;
  (void)cycle;
  churn(&random_state, 3000);
  for (size_t i = 0; i < count; i++) {
    if (kept_count < count * 40) {
      keep(take(bytes));
    } else {
      free(kept[oldest]);
      kept[oldest] = take(bytes);
      oldest = (oldest + 1) % kept_count;
    }
  }
}

enum { RESERVE = 40000, LAST_FRAGMENTING_CYCLE = 200 };

/* Every second block of the reserve is given back, so that what is left pins its page. */
static void shrink_reserve(size_t count) {
  static size_t next;
  for (size_t i = 0; i < count; i++, next += 2) {
    if (next >= RESERVE) fail("the reserve is used up");
    free(kept[next]);
    kept[next] = NULL;
  }
}

static void fragmentation(long cycle, size_t a, size_t b) {
  static size_t hole = 512;
  (void)a, (void)b;
  if (cycle > LAST_FRAGMENTING_CYCLE) return;
  size_t count = 131072 / hole;
  size_t first = kept_count;
  for (size_t i = 0; i < count; i++) keep(take(hole + 24));
  /* Shrinking in place leaves the small block where the large one began. */
  for (size_t i = first; i < kept_count; i++) kept[i] = realloc(kept[i], 24);
  shrink_reserve(count);
  hole += 16;
}

static void retention(long cycle, size_t a, size_t b) {
  (void)a, (void)b;
  size_t count = (size_t)cycle * 4;
  void **held = kept;
  if (count > KEPT_LIMIT) fail("too many cycles");
  for (size_t i = 0; i < count; i++) held[i] = take(32768 - 8);
  while (count > 0) free(held[--count]);
}

static pthread_barrier_t all_there;

static void *use_own_arena(void *argument) {
  uint64_t state = (uint64_t)(size_t)argument * 2654435761u + 1;
  void *first = take(100);
  pthread_barrier_wait(&all_there);
  for (int round = 0; round < 20; round++) churn(&state, 2000);
  free(first);
  return NULL;
}

static void arenas(long cycle, size_t a, size_t b) {
  (void)a, (void)b;
  pthread_t threads[12];
  unsigned count = 1 + (cycle <= 8 ? (unsigned)cycle : next_random(&random_state) % 12);
  if (count > 12) count = 12;
  if (pthread_barrier_init(&all_there, NULL, count) != 0) fail("no barrier");
  for (unsigned i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, use_own_arena, (void *)(size_t)(next_random(&random_state) | 1)) != 0)
      fail("no thread");
  for (unsigned i = 0; i < count; i++) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&all_there);
}

static void mapped(long cycle, size_t count, size_t bytes) {
  (void)cycle;
  void *held[16];
  for (int i = 0; i < 16; i++) held[i] = take(100000 + next_random(&random_state) % 300000);
  for (size_t i = 0; i < count; i++) keep(take(bytes));
  for (int i = 0; i < 16; i++) free(held[i]);
}

static void *stand(void *argument) {
  for (;;) pause();
  return argument;
}

enum { OWN_HEAP = 64 << 20, OWN_STACK = 1 << 20, OWN_GAP = 12 << 20, PAGE = 4096 };

static char *own_next, *own_end;

static void take_own(size_t bytes) {
  if (bytes > (size_t)(own_end - own_next)) fail("the heap of its own is full");
  if (mprotect(own_next, bytes, PROT_READ | PROT_WRITE) != 0) fail("no memory");
  memset(own_next, 0x5a, bytes);
  own_next += bytes;
}

static void reserve_own(int is_guarded) {
  char *all = mmap(NULL, OWN_HEAP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) fail("no memory");
  char *stack = all + (is_guarded ? 2 * PAGE : OWN_GAP);
  /* The kernel may have merged it with a reservation below: a page between makes the guard one page. */
  if (is_guarded && munmap(all, PAGE) != 0) fail("no gap");
  own_next = stack;
  own_end = all + OWN_HEAP;
  take_own(OWN_STACK);
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack, OWN_STACK) != 0 ||
      pthread_create(&thread, &attributes, stand, NULL) != 0)
    fail("no thread");
}

static void own_heap(long cycle, size_t bytes, size_t is_guarded) {
  (void)cycle, (void)is_guarded;
  churn(&random_state, 3000);
  take_own((bytes + PAGE - 1) / PAGE * PAGE);
}

static const struct mode {
  const char *name;
  void (*cycle)(long cycle, size_t a, size_t b);
  size_t a, b;
} modes[] = {
    {"steady", steady, 0, 0},
    {"leak", leak, 10, 1000},
    {"saturating", saturating, 20, 500},
    {"fragmentation", fragmentation, 0, 0},
    {"retention", retention, 0, 0},
    {"arenas", arenas, 0, 0},
    {"mmap", mapped, 1, 200000},
    {"own-heap", own_heap, 200000, 0},
};

static const struct mode *find_mode(const char *name) {
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (strcmp(modes[i].name, name) == 0) return &modes[i];
  fail("unknown mode");
  return NULL;
}

static void prepare(const struct mode *mode, size_t b) {
  if (mode->cycle == fragmentation)
    for (size_t i = 0; i < RESERVE; i++) keep(take(24));
  if (mode->cycle == retention) mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (mode->cycle == mapped) mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  if (mode->cycle == own_heap) reserve_own(b != 0);
  /* glibc moves the mmap threshold when a mapped block is given back; fixed ones keep the truth above simple. */
  if (mode->cycle == retention) mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

/* One line, without stdio: a buffer of its own would be a block of malloc's. */
static int read_line(char *line, size_t room) {
  size_t length = 0;
  for (;;) {
    char next;
    ssize_t got = read(0, &next, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    if (next == '\n') break;
    if (length + 1 < room) line[length++] = next;
  }
  line[length] = '\0';
  return 1;
}

static size_t argument(int argc, char **argv, int index, size_t otherwise) {
  return argc > index ? strtoull(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv) {
  if (argc < 3) fail("usage: known-answer MODE SEED [A] [B]");
  const struct mode *mode = find_mode(argv[1]);
  random_state = strtoull(argv[2], NULL, 10) * 2654435761u + 88172645463325252u;
  size_t a = argument(argc, argv, 3, mode->a);
  size_t b = argument(argc, argv, 4, mode->b);
  static void *space[KEPT_LIMIT];
  kept = space;
  prepare(mode, b);
  char line[64];
  for (long cycle = 1; read_line(line, sizeof line); cycle++) {
    long number = cycle;
    sscanf(line, "cycle %ld", &number);
    mode->cycle(cycle, a, b);
    int length = snprintf(line, sizeof line, "done %ld\n", number);
    if (write(1, line, (size_t)length) != length) return 1;
  }
  return 0;
}
