/*
 * Preloaded into a runtime: on SIGUSR2 it writes what mallinfo2 says to descriptor 3, and on SIGPROF it calls
 * malloc_trim(0) first. Neither allocates. With BLOCK_BREAK_KB the break can move only so far from where it is now. The tests signal only a process that is at rest, so no lock is held.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void on_signal(int number) {
  char line[300];
  if (number == SIGPROF) malloc_trim(0);
  struct mallinfo2 m = mallinfo2();
  int length = snprintf(line, sizeof line, "%zu %zu %zu %zu %zu %zu 0\n", m.arena, m.uordblks, m.fordblks,
                        m.fsmblks, m.hblks, m.hblkhd);
  if (write(3, line, (size_t)length) < 0) _exit(1);
}

static void block_break(const char *kilobytes) {
  uintptr_t end = (((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095) + strtoul(kilobytes, NULL, 10) * 1024;
  if (mmap((void *)end, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) _exit(3);
}

__attribute__((constructor)) static void install(void) {
  const char *kilobytes = getenv("BLOCK_BREAK_KB");
  if (kilobytes != NULL) block_break(kilobytes);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &action, NULL);
  sigaction(SIGPROF, &action, NULL);
}
