/*
 * A heap for the walker's benchmark: walker-heap MEGABYTES LEAST MOST PERCENT_FREE. Fills with blocks of random sizes,
 * frees some, prints "pid blocks", then stays; every line on stdin makes it call malloc_info and print the milliseconds.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t state = 88172645463325252u;

static unsigned next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state >> 16);
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  size_t total = (size_t)atoll(argv[1]) << 20, least = atoi(argv[2]), most = atoi(argv[3]);
  unsigned percent = atoi(argv[4]);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  size_t room = total / ((least + most) / 2) * 11 / 10 + 16, count = 0, sum = 0;
  char **held = malloc(room * sizeof *held);
  while (sum < total && count < room) {
    size_t bytes = least + next_random() % (most - least + 1);
    held[count] = malloc(bytes);
    memset(held[count++], 1, bytes);
    sum += bytes + 8;
  }
  for (size_t i = 0; i < count; i++)
    if (next_random() % 100 < percent) free(held[i]);
  printf("%d %zu\n", getpid(), count);
  fflush(stdout);
  char buffer[16];
  while (read(0, buffer, sizeof buffer) > 0) {
    FILE *nowhere = fopen("/dev/null", "w");
    double before = milliseconds();
    malloc_info(0, nowhere);
    printf("%.1f\n", milliseconds() - before);
    fflush(stdout);
    fclose(nowhere);
  }
  return 0;
}
