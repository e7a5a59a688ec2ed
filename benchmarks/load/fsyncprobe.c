// fsyncprobe: what one durable write costs on this disk, as a yardstick for a broker's acknowledgements.
// Overwrites a preallocated, zero-filled file in 4 KiB blocks, each followed by fdatasync, at a given pace.
//
//   fsyncprobe FILE COUNT PER_SECOND        (PER_SECOND 0: as fast as it goes)
//
// One line out: p50us=... p99us=... maxus=...
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, FILE_BLOCKS = 4096 };

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static int ascending(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return x < y ? -1 : x > y; }

int main(int argc, char **argv) {
  if (argc < 4) { fprintf(stderr, "usage: fsyncprobe FILE COUNT PER_SECOND\n"); return 2; }
  int count = atoi(argv[2]); double pace = atof(argv[3]);
  int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || count < 1) { perror(argv[1]); return 1; }
  uint8_t block[BLOCK]; memset(block, 0, sizeof block);
  for (int i = 0; i < FILE_BLOCKS; i++) if (write(fd, block, BLOCK) != BLOCK) { perror("write"); return 1; }
  if (fsync(fd)) { perror("fsync"); return 1; }
  double *took = malloc(count * sizeof *took), start = now();
  for (int i = 0; i < count; i++) {
    double due = pace > 0 ? start + i / pace : 0, wait = due - now();
    if (wait > 0) { struct timespec t = {(time_t)wait, (long)((wait - (time_t)wait) * 1e9)}; nanosleep(&t, 0); }
    memset(block, i, sizeof block);
    double before = now();
    if (pwrite(fd, block, BLOCK, (off_t)(i % FILE_BLOCKS) * BLOCK) != BLOCK || fdatasync(fd)) { perror("write or fdatasync"); return 1; }
    took[i] = now() - before;
  }
  qsort(took, count, sizeof *took, ascending);
  printf("p50us=%.0f p99us=%.0f maxus=%.0f\n", took[count / 2] * 1e6, took[(int)((count - 1) * .99)] * 1e6, took[count - 1] * 1e6);
  close(fd); unlink(argv[1]);
  return 0;
}
