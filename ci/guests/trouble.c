// A program for guests that gives trouble on purpose, to see that ci/kernels tells one kind from another:
//   trouble panic | reboot | sleep | signal | exit N
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

static void trigger(const char* key) {
  const int fd = open("/proc/sysrq-trigger", O_WRONLY);
  if (fd < 0 || write(fd, key, 1) != 1) perror("/proc/sysrq-trigger");
}

/* Says a line and waits until the guest's first process has taken it. */
static void say(const char* line) {
  puts(line);
  fflush(stdout);
  int left = 1;
  while (ioctl(STDOUT_FILENO, FIONREAD, &left) == 0 && left > 0) sched_yield();
}

/* Waits until the port for results has sent what it was given. */
static void drain(void) {
  char name[128] = "";
  FILE* file = fopen("/guest/port", "r");
  if (file == NULL || fgets(name, sizeof name, file) == NULL) perror("/guest/port");
  if (file != NULL) fclose(file);
  name[strcspn(name, "\n")] = 0;
  const int port = open(name, O_WRONLY | O_NOCTTY);
  if (port < 0 || tcdrain(port) != 0) perror(name);
  if (port >= 0) close(port);
}

int main(int count, char** words) {
  const char* what = count > 1 ? words[1] : "";
  say("before");
  say("now");  // when this is taken, the line above has been passed on
  drain();
  if (strcmp(what, "panic") == 0) trigger("c");
  if (strcmp(what, "reboot") == 0) reboot(RB_AUTOBOOT);
  if (strcmp(what, "sleep") == 0) pause();
  if (strcmp(what, "signal") == 0) raise(SIGSEGV);
  return count > 2 ? atoi(words[2]) : 0;
}
