/*
 * A program whose main heap is in several places: something lies behind the break, so malloc goes on with mappings.
 * Arguments: SEED ROOM_KB LAYOUT. ROOM_KB is how far the break can still move; below 0 it is not blocked.
 * Prints its mallinfo2 and its own ledger when it is ready, and after every command, one a line on stdin:
 * l(eak 100 blocks of 1000 bytes), f(ree a tenth), g(row by 2000 blocks), u(nblock the break), t(rim).
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

enum { KB = 1024, SLOTS = 200000 };

static uint64_t state;
static char *held[SLOTS];
static size_t used;
static size_t ledger;
static char *blocker;
static int has_gaps;
static int has_decoys;
static size_t most_bytes = 60000;

static unsigned next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state >> 11);
}

static void report(void) {
  char line[400];
#if __GLIBC_PREREQ(2, 33)
  struct mallinfo2 m = mallinfo2();
#else
  struct mallinfo m = mallinfo();
#endif
  int length = snprintf(line, sizeof line, "%zu %zu %zu %zu %zu %zu %zu\n", (size_t)m.arena, (size_t)m.uordblks,
                        (size_t)m.fordblks, (size_t)m.fsmblks, (size_t)m.hblks, (size_t)m.hblkhd, ledger);
  if (write(1, line, length) != length) _exit(1);
}

/* The pages behind the break are taken, from `room` bytes on: no allocation goes there any more. */
static void block_break(size_t room) {
  uintptr_t end = ((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095;
  blocker = mmap((void *)(end + room), 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (blocker == MAP_FAILED) _exit(3);
}

static void keep(size_t bytes) {
  if (used == SLOTS) return;
  char *block = malloc(bytes);
  memset(block, 0x5a, bytes);
  held[used++] = block;
  ledger += malloc_usable_size(block) + 8;
}

static size_t some_size(void) {
  unsigned r = next_random();
  if (r % 100 < 90) return r / 100 % 1000;
  if (r % 100 < 99) return r / 100 % 20000;
  return r / 100 % most_bytes;
}

/*
 * Memory of the program's own between that of malloc: the kernel makes one mapping of both. It holds random words, or
 * what looks like chunks, so that it cannot be told from a heap.
 */
static void map_foreign(void) {
  size_t bytes = (1 + next_random() % 40) * 4096;
  char *foreign = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; i < bytes; i += 16) {
    size_t *words = (size_t *)(foreign + i);
    words[1] = has_decoys ? 0x21 + next_random() % 4 * 16 : next_random() % 3 * next_random();
  }
}

static void grow(size_t count) {
  for (size_t i = 0; i < count; i++) {
    keep(some_size());
    if (has_gaps && next_random() % 1000 == 0) map_foreign();
  }
}

static void thin_out(unsigned percent) {
  for (size_t i = 0; i < used; i++) {
    if (held[i] == NULL || next_random() % 100 >= percent) continue;
    ledger -= malloc_usable_size(held[i]) + 8;
    free(held[i]);
    held[i] = NULL;
  }
}

static void *work(void *argument) {
  char *kept[3000];
  for (int i = 0; i < 3000; i++) memset(kept[i] = malloc(500), 1, 500);
  for (int i = 0; i < 3000; i += 2) free(kept[i]);
  pthread_barrier_wait(argument);
  pause();
  return NULL;
}

static void start_threads(void) {
  static pthread_barrier_t filled;
  pthread_barrier_init(&filled, NULL, 3);
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, &filled);
  }
  pthread_barrier_wait(&filled);
}

static void obey(int command) {
  if (command == 'l') for (int i = 0; i < 100; i++) keep(1000);
  if (command == 'f') thin_out(10);
  if (command == 'g') grow(2000);
  if (command == 'u') munmap(blocker, 4096);
  if (command == 't') malloc_trim(0);
}

/* LAYOUT: any of m(apped blocks of their own) g(aps) d(ecoys in the gaps) b(ig blocks in the heap) t(hreads) e(arly: no first heap). */
int main(int argc, char **argv) {
  state = (strtoull(argv[1], NULL, 10) + 1) * 2654435761u;
  long room = atol(argv[2]);
  const char *layout = argc > 3 ? argv[3] : "";
  has_decoys = strchr(layout, 'd') != NULL;
  has_gaps = has_decoys || strchr(layout, 'g') != NULL;
  if (strchr(layout, 'm') != NULL) most_bytes = 400000;
  if (strchr(layout, 'b') != NULL) {
    mallopt(M_MMAP_THRESHOLD, 32 * KB * KB);
    mallopt(M_TRIM_THRESHOLD, 32 * KB * KB);
    most_bytes = 3000000;
  }
  if (strchr(layout, 'e') == NULL) grow(300);
  if (room >= 0) block_break(room * KB);
  if (strchr(layout, 't') != NULL) start_threads();
  grow(20000);
  thin_out(30);
  report();
  char line[64];
  for (ssize_t got = read(0, line, sizeof line); got > 0; got = read(0, line, sizeof line)) {
    obey(line[0]);
    report();
  }
  return argc < 2;
}
