import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../lib/_real-parts.ts';

/** Holds 100 MiB and starts one program after the other, slowly: each child is for 100 ms its parent by another number. */
const STARTER = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  char *held = malloc(100 << 20);
  memset(held, 1, 100 << 20);
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (vfork() == 0) {
      usleep(100000);
      execl("/bin/true", "true", (char *)0);
      _exit(held[0]);
    }
    wait(0);
  }
}`;

async function build(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'starter.c'), STARTER);
  const program = join(folder, 'starter');
  await promisify(execFile)('cc', ['-O0', '-w', '-o', program, join(folder, 'starter.c')]);
  return program;
}

/** The pid of a program that starts others all the time and has its 100 MiB already. */
export async function startStarter(): Promise<number> {
  const child = spawn(await build(), { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}
