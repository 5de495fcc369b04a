/*
 * A second glibc beside the program's own, by dlmopen. Its main heap is mappings of 1 MB, each ended by fenceposts, as the
 * program's own is where the break is blocked; they stay when it is closed.
 * Arguments: keep or close; free or blocked (the break). Writes one line, as `split-heap` does, and waits.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void block_break(void) {
  uintptr_t end = ((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095;
  if (mmap((void *)end, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) _exit(3);
}

int main(int argc, char **argv) {
  void *library = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
  if (argc != 3 || library == NULL) return 2;
  void *(*other)(size_t) = (void *(*)(size_t))dlsym(library, "malloc");
  if (strcmp(argv[2], "blocked") == 0) block_break();
  for (int i = 0; i < 3000; i++) {
    memset(other(1000), 1, 1000);
    memset(malloc(1000), 1, 1000);
  }
  if (strcmp(argv[1], "close") == 0) dlclose(library);
  char line[400];
#if __GLIBC_PREREQ(2, 33)
  struct mallinfo2 m = mallinfo2();
#else
  struct mallinfo m = mallinfo();
#endif
  int length = snprintf(line, sizeof line, "%zu %zu %zu %zu %zu %zu 0\n", (size_t)m.arena, (size_t)m.uordblks,
                        (size_t)m.fordblks, (size_t)m.fsmblks, (size_t)m.hblks, (size_t)m.hblkhd);
  if (write(1, line, length) != length) return 1;
  pause();
}
