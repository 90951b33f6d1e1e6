// The first process of a guest of ci/kernels: mounts what a system has, runs one command, says how it went over the
// results port, and powers off.
//
// /guest/port names the port's device, /guest/command holds the command's arguments, each ended by a NUL.
//
// What it says are lines "@@K SEQUENCE CRC32 BASE64\n", K being the kind:
//   B  begun: release and seconds since boot       N  a note: what could not be mounted
//   O  standard output    E  standard error        R  what the command wrote to /run/results
//   T  a sign of life every few seconds            K  what the kernel logged of level warning or worse
//   X  the end: "exit N" or "signal N", and the kernel's taint flags
// Pieces of a stream are cut anywhere. The reader checks everything: a console is shared with the kernel.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 3072, LIFE_SIGN_MS = 5000, ARGUMENTS = 512 };

static int port = -1;
static char port_name[128];
static unsigned long sequence;

static uint32_t crc32(const unsigned char* data, size_t size) {
  uint32_t crc = 0xffffffffU;
  for (size_t i = 0; i < size; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
  }
  return ~crc;
}

static size_t base64(const unsigned char* in, size_t size, char* out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t at = 0;
  for (size_t i = 0; i < size; i += 3) {
    const size_t rest = size - i;
    const uint32_t bits =
        (uint32_t)in[i] << 16 | (uint32_t)(rest > 1 ? in[i + 1] : 0) << 8 | (uint32_t)(rest > 2 ? in[i + 2] : 0);
    out[at++] = digits[bits >> 18];
    out[at++] = digits[bits >> 12 & 63];
    out[at++] = rest > 1 ? digits[bits >> 6 & 63] : '=';
    out[at++] = rest > 2 ? digits[bits & 63] : '=';
  }
  return at;
}

static void put(const char* text, size_t size) {
  while (size > 0) {
    const ssize_t n = write(port, text, size);
    if (n < 0 && errno != EINTR && errno != EAGAIN) return;  // nobody is left to tell
    if (n > 0) {
      text += n;
      size -= (size_t)n;
    }
  }
}

// One line of at most PIECE bytes. It begins on a line of its own, whatever the kernel wrote before.
static void say(char kind, const void* data, size_t size) {
  static char line[64 + (PIECE / 3 + 1) * 4];
  int head = snprintf(line, 64, "\n@@%c %lu %08x ", kind, sequence++, (unsigned)crc32(data, size));
  size_t length = (size_t)head + base64(data, size, line + head);
  line[length++] = '\n';
  put(line, length);
}

static void say_text(char kind, const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  say(kind, text, strlen(text));
}

// Names come from a file, so that any port can be used.
static size_t read_whole(const char* path, char* buffer, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  for (ssize_t n = 1; fd >= 0 && n > 0 && length<size - 1; length += n> 0 ? (size_t)n : 0)
    n = read(fd, buffer + length, size - 1 - length);
  if (fd >= 0) close(fd);
  buffer[length] = 0;
  return length;
}

static void write_file(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) say_text('N', "%s: %s", path, strerror(errno));
  if (fd >= 0) close(fd);
}

static const struct {
  const char *type, *where, *options;
} mounts[] = {
    {"tmpfs", "/run", "mode=755"},
    {"tmpfs", "/tmp", "mode=1777"},
    {"devpts", "/dev/pts", "mode=620,ptmxmode=666"},
    {"tmpfs", "/dev/shm", "mode=1777"},
    {"mqueue", "/dev/mqueue", ""},
    {"cgroup2", "/sys/fs/cgroup", ""},
    {"tracefs", "/sys/kernel/tracing", ""},
    {"debugfs", "/sys/kernel/debug", ""},
    {"securityfs", "/sys/kernel/security", ""},
    {"bpf", "/sys/fs/bpf", ""},
};

static void mount_all(void) {
  for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
    mkdir(mounts[i].where, 0755);
    if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options) != 0)
      say_text('N', "%s on %s: %s", mounts[i].type, mounts[i].where, strerror(errno));
  }
}

/* Where the kernel can make allocations fail: those that may wait, too. Nothing fails that nobody asks for. */
static void failures_everywhere(void) {
  const char* exempt[] = {"/sys/kernel/debug/failslab/ignore-gfp-wait",
                          "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait"};
  for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++)
    if (access(exempt[i], W_OK) == 0) write_file(exempt[i], "N");
}

static void loopback_up(void) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
    say_text('N', "loopback: %s", strerror(errno));
  } else {
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) say_text('N', "loopback: %s", strerror(errno));
  }
  if (fd >= 0) close(fd);
}

// proc, sys and dev first: the port is in /dev, and whether it is there cannot be said without it.
static void open_port(void) {
  mount("proc", "/proc", "proc", 0, "");
  mount("sysfs", "/sys", "sysfs", 0, "");
  mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  read_whole("/guest/port", port_name, sizeof port_name);
  port = open(port_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (port < 0) port = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios mode;
  if (tcgetattr(port, &mode) == 0) {
    cfmakeraw(&mode);
    tcsetattr(port, TCSANOW, &mode);
  }
}

static double uptime(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// The command, in a session of its own. Never returns.
static void become_command(int out, int err) {
  static char text[65536];
  char* arguments[ARGUMENTS + 1];
  int count = 0;
  const size_t size = read_whole("/guest/command", text, sizeof text);
  for (size_t at = 0; at < size && count < ARGUMENTS; at += strlen(text + at) + 1) arguments[count++] = text + at;
  arguments[count] = NULL;
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (null > 2) close(null);
  setsid();
  if (chdir("/root") != 0 || count == 0) _exit(127);
  char* environment[] = {"PATH=/bin:/sbin:/usr/bin:/usr/sbin:/", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8", NULL};
  execvpe(arguments[0], arguments, environment);
  dprintf(2, "%s: %s\n", arguments[0], strerror(errno));
  _exit(127);
}

// What a stream holds now, in pieces. Returns whether there was anything.
static int pass_on(char kind, int fd) {
  static char buffer[PIECE];
  int any = 0;
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0; any = 1) say(kind, buffer, (size_t)n);
  return any;
}

// Reaps everyone who has ended; returns whether the command was among them.
static int reap(pid_t command, int* status) {
  int ended = 0, how;
  for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;)
    if (pid == command) {
      *status = how;
      ended = 1;
    }
  return ended;
}

static void on_child(int number) { (void)number; }

static int run_command(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_child;
  sigaction(SIGCHLD, &action, NULL);
  sigset_t child, before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before);

  int out[2], err[2];
  mkfifo("/run/results", 0600);
  const int results = open("/run/results", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || results < 0) {
    say_text('N', "pipes: %s", strerror(errno));
    return 127 << 8;
  }
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  const pid_t command = fork();
  if (command == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGCHLD, SIG_DFL);
    become_command(out[1], err[1]);
  }
  struct pollfd sources[] = {{results, POLLIN, 0}, {out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  const char kinds[] = "ROE";
  int status = 0, ended = 0;
  double said = uptime();
  while (!ended) {
    const struct timespec wait = {LIFE_SIGN_MS / 1000, 0};
    ppoll(sources, 3, &wait, &before);
    ended = reap(command, &status);
    for (int i = 0; i < 3; i++) pass_on(kinds[i], sources[i].fd);
    if (uptime() - said > LIFE_SIGN_MS / 1e3) {
      said = uptime();
      say_text('T', "%.1f", said);
    }
  }
  return status;
}

// Kernel messages of level warning or worse, oldest first.
static void kernel_log(void) {
  char record[8192];
  const int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  for (int left = 400; fd >= 0 && left > 0;) {
    const ssize_t n = read(fd, record, sizeof record - 1);
    if (n < 0 && errno != EPIPE) break;
    if (n <= 0) continue;
    record[n] = 0;
    const char* text = strchr(record, ';');
    if ((atoi(record) & 7) > 4 || text == NULL) continue;
    say('K', text + 1, strcspn(text + 1, "\n"));
    left--;
  }
  if (fd >= 0) close(fd);
}

int main(void) {
  char taint[32];
  struct utsname name;
  open_port();
  uname(&name);
  say_text('B', "%s %s %.2f", name.release, name.machine, uptime());
  mount_all();
  failures_everywhere();
  loopback_up();
  write_file("/proc/sys/kernel/printk", strcmp(port_name, "/dev/console") == 0 ? "1" : "5");
  const int status = run_command();
  kernel_log();
  read_whole("/proc/sys/kernel/tainted", taint, sizeof taint);
  taint[strcspn(taint, "\n")] = 0;
  if (WIFSIGNALED(status))
    say_text('X', "signal %d taint %s", WTERMSIG(status), taint);
  else
    say_text('X', "exit %d taint %s", WEXITSTATUS(status), taint);
  tcdrain(port);
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}
