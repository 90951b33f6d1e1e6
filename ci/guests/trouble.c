// A program for guests that gives trouble on purpose, to see that ci/kernels tells one kind from another:
//   trouble panic | reboot | sleep | signal | exit N
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static void trigger(const char* key) {
  const int fd = open("/proc/sysrq-trigger", O_WRONLY);
  if (fd < 0 || write(fd, key, 1) != 1) perror("/proc/sysrq-trigger");
}

int main(int count, char** words) {
  const char* what = count > 1 ? words[1] : "";
  puts("before");
  fflush(stdout);
  sleep(1);  // so that the line above is out
  if (strcmp(what, "panic") == 0) trigger("c");
  if (strcmp(what, "reboot") == 0) reboot(RB_AUTOBOOT);
  if (strcmp(what, "sleep") == 0) pause();
  if (strcmp(what, "signal") == 0) raise(SIGSEGV);
  return count > 2 ? atoi(words[2]) : 0;
}
