/* Preloaded into a broker (LD_PRELOAD): stops or refuses writes and syncs of files while a rules file says so.
 *
 * STOPPED_WRITES_RULES   the rules, a line each; replaced as a whole by a rename
 * STOPPED_WRITES_REPORT  gets a line for each write and sync of a file below STOPPED_WRITES_BELOW while there are rules
 * STOPPED_WRITES_BELOW   the only directory that matters
 *
 * A rule: hold|refuse write|sync SKIPPED PART, for calls on files whose path contains PART but for the first SKIPPED of
 * them. A held call waits until the rules are replaced and is then looked at anew; a refused one fails with ENOSPC. The
 * first rule for a call decides. A line of the report: done|held|refused write|sync PATH; held comes when the wait begins.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RULES_MAX 256

enum verdict { PASS, HOLD, REFUSE };

struct rule {
    enum verdict verdict;
    char call[8];
    long to_skip;
    char part[256];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static int rule_count;
static ino_t read_inode;
static struct timespec read_mtime;
static long generation; /* how often rules were read */

/* Reads the rules if the file is another one than the last time. With the lock. */
static void reload(void) {
    const char *path = getenv("STOPPED_WRITES_RULES");
    struct stat now;
    if (!path || stat(path, &now) != 0) return;
    if (now.st_ino == read_inode && now.st_mtim.tv_sec == read_mtime.tv_sec && now.st_mtim.tv_nsec == read_mtime.tv_nsec)
        return;
    FILE *in = fopen(path, "re");
    if (!in) return;
    generation++;
    read_inode = now.st_ino;
    read_mtime = now.st_mtim;
    rule_count = 0;
    char verdict[8];
    struct rule *next = rules;
    while (rule_count < RULES_MAX && fscanf(in, "%7s %7s %ld %255s", verdict, next->call, &next->to_skip, next->part) == 4) {
        next->verdict = strcmp(verdict, "hold") == 0 ? HOLD : REFUSE;
        next++;
        rule_count++;
    }
    fclose(in);
}

static enum verdict decide(const char *call, const char *path) {
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if (strcmp(rule->call, call) != 0 || !strstr(path, rule->part)) continue;
        if (rule->to_skip > 0) {
            rule->to_skip--;
            return PASS;
        }
        return rule->verdict;
    }
    return PASS;
}

static void report(const char *what, const char *call, const char *path) {
    const char *to = getenv("STOPPED_WRITES_REPORT");
    char line[PATH_MAX + 32];
    int length = snprintf(line, sizeof(line), "%s %s %s\n", what, call, path);
    int fd = to ? open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    if (fd < 0 || syscall(SYS_write, fd, line, length) != length) abort();
    close(fd);
}

static void wait_for_other_rules(long than) {
    const struct timespec pause = {0, 1000000};
    for (long now = than; now == than;) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&lock);
        reload();
        now = generation;
        pthread_mutex_unlock(&lock);
    }
}

/* Sets the path and returns 1 if the file is one of those that matter. */
static int path_of(int fd, char *path) {
    const char *below = getenv("STOPPED_WRITES_BELOW");
    char link[64];
    if (!below) return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, below, strlen(below)) == 0;
}

/* Comes back when the call may be made; -1 if it is to fail. */
static int enter(const char *call, const char *path) {
    for (;;) {
        pthread_mutex_lock(&lock);
        reload();
        enum verdict verdict = decide(call, path);
        long decided_by = generation;
        pthread_mutex_unlock(&lock);
        if (verdict == PASS) return 0;
        report(verdict == HOLD ? "held" : "refused", call, path);
        if (verdict == REFUSE) {
            errno = ENOSPC;
            return -1;
        }
        wait_for_other_rules(decided_by);
    }
}

static long leave(const char *call, const char *path, long result) {
    int error = errno;
    pthread_mutex_lock(&lock);
    int watched = rule_count > 0;
    pthread_mutex_unlock(&lock);
    if (watched) report("done", call, path);
    errno = error;
    return result;
}

#define AROUND(call, fd, made)                 \
    do {                                       \
        char path[PATH_MAX];                   \
        if (!path_of(fd, path)) return made;   \
        if (enter(call, path) != 0) return -1; \
        return leave(call, path, made);        \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t count) { AROUND("write", fd, syscall(SYS_write, fd, bytes, count)); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    AROUND("write", fd, syscall(SYS_writev, fd, parts, count));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    AROUND("write", fd, syscall(SYS_pwrite64, fd, bytes, count, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    AROUND("write", fd, syscall(SYS_pwrite64, fd, bytes, count, at));
}

int fdatasync(int fd) { AROUND("sync", fd, syscall(SYS_fdatasync, fd)); }

int fsync(int fd) { AROUND("sync", fd, syscall(SYS_fsync, fd)); }
