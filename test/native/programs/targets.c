/*
 * Targets for the tests of the heap walk. First argument: what to be. Every target prints one line when it is ready
 * and answers commands, one a line on stdin. Nothing here allocates while it answers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t seed = 1;

static unsigned next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (unsigned)(*state >> 11);
}

static uint64_t stream(uint64_t id) { return (seed + 1) * 2654435761u + id * 977 + 1; }

static void say(const char *line) {
  if (write(1, line, strlen(line)) < 0) _exit(1);
}

/* glibc before 2.33 has only mallinfo, with int fields. */
#if __GLIBC_PREREQ(2, 33)
#define MALLINFO mallinfo2
#define MALLINFO_T struct mallinfo2
#else
#define MALLINFO mallinfo
#define MALLINFO_T struct mallinfo
#endif

/* What is held, by the program's own count: usable size + 8 is the chunk. */
static size_t ledger;

static void report(void) {
  char line[400];
  MALLINFO_T m = MALLINFO();
  snprintf(line, sizeof line, "%zu %zu %zu %zu %zu %zu %zu\n", (size_t)m.arena, (size_t)m.uordblks,
           (size_t)m.fordblks, (size_t)m.fsmblks, (size_t)m.hblks, (size_t)m.hblkhd, ledger);
  say(line);
}

/* One command: the rest of the line is ignored. 0 at the end of input. */
static int command(void) {
  char buffer[64];
  ssize_t got;
  do got = read(0, buffer, sizeof buffer);
  while (got < 0 && errno == EINTR);
  return got > 0 ? buffer[0] : 0;
}

struct blocks {
  char **held;
  size_t count;
  uint64_t random;
};

static size_t size_of(uint64_t *random, int is_main) {
  unsigned r = next_random(random);
  if (r % 100 < 92) return r / 100 % 1000;
  if (r % 100 < 99 || !is_main) return r / 100 % 20000;
  return r / 100 % 400000;
}

static void give_back(struct blocks *b, size_t i, size_t *sum) {
  if (b->held[i] == NULL) return;
  *sum -= malloc_usable_size(b->held[i]) + 8;
  free(b->held[i]);
  b->held[i] = NULL;
}

static void fill(struct blocks *b, size_t count, int is_main, size_t *sum) {
  b->count = count;
  b->held = calloc(count, sizeof *b->held);
  for (size_t i = 0; i < count; i++) {
    size_t bytes = size_of(&b->random, is_main);
    b->held[i] = malloc(bytes);
    memset(b->held[i], 0x5a, bytes);
    *sum += malloc_usable_size(b->held[i]) + 8;
  }
}

static void thin_out(struct blocks *b, unsigned percent, size_t *sum) {
  for (size_t i = 0; i < b->count; i++)
    if (next_random(&b->random) % 100 < percent) give_back(b, i, sum);
}

static pthread_barrier_t filled;

static void *fill_and_wait(void *argument) {
  size_t id = (size_t)argument;
  struct blocks b = {.random = stream(id)};
  size_t sum = 0;
  fill(&b, 60000 + 50000 * (id % 3), 0, &sum);
  thin_out(&b, 30, &sum);
  pthread_barrier_wait(&filled);
  pause();
  return NULL;
}

/* heap SEED THREADS: random sizes in every thread; commands: i(nfo) f(ree some of the main thread's) t(rim) */
static void be_heap(int threads) {
  pthread_barrier_init(&filled, NULL, threads + 1);
  for (long i = 1; i <= threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, fill_and_wait, (void *)i);
  }
  struct blocks b = {.random = stream(0)};
  fill(&b, 40000, 1, &ledger);
  thin_out(&b, 30, &ledger);
  pthread_barrier_wait(&filled);
  report();
  for (int c = command(); c != 0; c = command()) {
    if (c == 'f') thin_out(&b, 10, &ledger);
    if (c == 't') malloc_trim(0);
    report();
  }
}

/* small SEED: a heap of about 300 KB with every kind of book in it, quick to walk */
static void *fill_a_little(void *argument) {
  struct blocks b = {.random = stream((size_t)argument)};
  size_t sum = 0;
  fill(&b, 120, 0, &sum);
  thin_out(&b, 40, &sum);
  pthread_barrier_wait(&filled);
  pause();
  return NULL;
}

static void be_small(void) {
  pthread_barrier_init(&filled, NULL, 3);
  for (long i = 1; i <= 2; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, fill_a_little, (void *)i);
  }
  struct blocks b = {.random = stream(0)};
  fill(&b, 200, 0, &ledger);
  thin_out(&b, 40, &ledger);
  char *mapped = malloc(300000);
  memset(mapped, 1, 300000);
  for (int i = 0; i < 60; i++) free(b.held[i]), b.held[i] = NULL;
  pthread_barrier_wait(&filled);
  report();
  while (command() != 0) report();
}

/* busy THREADS: threads that do nothing but malloc and free */
static void *churn(void *argument) {
  uint64_t random = stream((size_t)argument);
  char *held[512] = {0};
  for (;;) {
    unsigned i = next_random(&random) % 512;
    free(held[i]);
    held[i] = malloc(next_random(&random) % 3000);
  }
}

static void be_busy(int threads) {
  for (long i = 1; i <= threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, churn, (void *)i);
  }
  say("ready\n");
  while (command() != 0) say("ok\n");
}

/* grow: fills, trims and starts again, for ever. exit MS: a big heap that ends by itself. */
static void *breathe(void *argument) {
  (void)argument;
  char **held = malloc(20000 * sizeof *held);
  for (;;) {
    for (int i = 0; i < 20000; i++) memset(held[i] = malloc(2000), 1, 2000);
    for (int i = 0; i < 20000; i++) free(held[i]);
    malloc_trim(0);
  }
}

static void be_growing(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, breathe, NULL);
  say("ready\n");
  while (command() != 0) say("ok\n");
}

static void be_brief(int milliseconds) {
  for (int i = 0; i < 200000; i++) memset(malloc(300), 1, 300);
  say("ready\n");
  usleep(milliseconds * 1000);
  _exit(0);
}

/* fork: children come and go, while the parent sleeps between them */
static void be_forking(void) {
  for (int i = 0; i < 2000; i++) memset(malloc(300), 1, 300);
  say("ready\n");
  for (;;) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    usleep(200);
  }
}

/* corrupt: writes over the size field behind a block, as an overflow does */
static void be_corrupt(void) {
  char *block = malloc(100);
  for (int i = 0; i < 100; i++) memset(malloc(100), 1, 100);
  say("ready\n");
  while (command() != 0) {
    memset(block, 0x41, 112);
    say("done\n");
  }
}

/* fast COUNT: leaves that many chunks in fastbins, freed in random order */
static void be_fast(size_t count) {
  say("");
  char **held = malloc(count * sizeof *held);
  uint64_t random = stream(7);
  for (size_t i = 0; i < count; i++) held[i] = malloc(24 + next_random(&random) % 80);
  for (size_t i = 0; i < count; i += 2) {
    size_t other = (next_random(&random) % (count / 2)) * 2;
    char *swap = held[i];
    held[i] = held[other];
    held[other] = swap;
  }
  for (size_t i = 0; i < count; i += 2) free(held[i]);
  report();
  while (command() != 0) report();
}

/* mapped: blocks with a mapping of their own: plain, aligned, untouched, grown, and next to foreign mappings */
static void be_mapped(void) {
  uint64_t random = stream(3);
  char *held[200];
  /* Without one block in it the main heap does not exist. */
  memset(malloc(100), 1, 100);
  for (int i = 0; i < 200; i++) {
    size_t bytes = 140000 + next_random(&random) % 500000;
    if (i % 5 == 1) {
      if (posix_memalign((void **)&held[i], 4096, bytes) != 0) _exit(1);
    } else {
      held[i] = malloc(bytes);
    }
    if (i % 7 != 0) memset(held[i], 1, bytes);
    if (i % 11 == 3) held[i] = realloc(held[i], bytes + 900000);
  }
  for (int i = 0; i < 200; i += 9) free(held[i]);
  report();
  while (command() != 0) report();
}

/* map: known amounts of every class of memory */
enum { MB = 1 << 20 };

static void *use_stack(void *argument) {
  (void)argument;
  char deep[MB];
  memset(deep, 1, sizeof deep);
  pthread_barrier_wait(&filled);
  pause();
  return deep[5] == 7 ? NULL : &filled;
}

static char *map_anonymous(size_t bytes, int protection, int flags) {
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  memset(memory, 1, bytes);
  if (protection != 0) mprotect(memory, bytes, protection);
  return memory;
}

static void be_map(void) {
  pthread_barrier_init(&filled, NULL, 3);
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, use_stack, NULL);
  }
  memset(malloc(1000000), 1, 1000000);
  for (int i = 0; i < 5000; i++) memset(malloc(200), 1, 200);
  map_anonymous(7 * MB, 0, MAP_SHARED);
  map_anonymous(5 * MB, PROT_READ | PROT_EXEC, MAP_PRIVATE);
  char *other = map_anonymous(3 * MB, 0, MAP_PRIVATE);
  madvise(other, 2 * MB, MADV_FREE);
  pthread_barrier_wait(&filled);
  say("ready\n");
  while (command() != 0) say("ok\n");
}

static void be_hidden(void) {
  prctl(PR_SET_DUMPABLE, 0);
  say("ready\n");
  while (command() != 0) say("ok\n");
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  int number = argc > 3 ? atoi(argv[3]) : 4;
  if (strcmp(what, "heap") == 0) be_heap(number);
  else if (strcmp(what, "small") == 0) be_small();
  else if (strcmp(what, "busy") == 0) be_busy(number);
  else if (strcmp(what, "grow") == 0) be_growing();
  else if (strcmp(what, "brief") == 0) be_brief(number);
  else if (strcmp(what, "fork") == 0) be_forking();
  else if (strcmp(what, "corrupt") == 0) be_corrupt();
  else if (strcmp(what, "fast") == 0) be_fast((size_t)number);
  else if (strcmp(what, "mapped") == 0) be_mapped();
  else if (strcmp(what, "map") == 0) be_map();
  else if (strcmp(what, "hidden") == 0) be_hidden();
  else return 2;
  return 0;
}
