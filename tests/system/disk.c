/* A disk that keeps a diary and can be told to fail. Preloaded into a program, it writes down every call that changes
   something below one folder, in the order in which the calls took effect, across processes; and it lets the n-th
   call of a kind fail, or kills the process there.

   cc -O2 -shared -fPIC -o disk.so disk.c -ldl -lpthread ; LD_PRELOAD=./disk.so DISK_UNDER=/folder DISK_TRACE=/trace PROGRAM

   DISK_UNDER must be a path without symbolic links. From inside, `disk_under`, `disk_trace`, `disk_fail` and
   `disk_count` do the same (ctypes). `tests/system/diary.py` reads the diary, and proves it complete by replaying it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, UNLINK, RENAME, LINK, MKDIR, RMDIR, SYNC, FAILED, CHMOD };
enum { SYNCS = 0, WRITES, ANY, KINDS };

struct head { /* what `diary.py` unpacks as "<IiiIQqqIIQ" */
    uint32_t op; int32_t pid; int32_t error; uint32_t mode; uint64_t inode; int64_t offset; int64_t length;
    uint32_t path; uint32_t path2; uint64_t data;
} __attribute__((packed));

static char under[PATH_MAX], diary[PATH_MAX];
static int diary_fd = -1, diary_pid, fail_kind = -1, fail_errno;
static long count[KINDS], fail_at;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static ssize_t plain_write(int fd, const void *data, size_t size) { REAL(write); return real(fd, data, size); }
static int plain_open(const char *path, int flags) { REAL(open); return real(path, flags, 0600); }

void disk_under(const char *folder) { snprintf(under, sizeof under, "%s", folder); }
void disk_trace(const char *file) { snprintf(diary, sizeof diary, "%s", file); diary_fd = -1; }
/* error 0 means SIGKILL, before the call takes effect */
void disk_fail(int kind, long n, int error) {
    memset(count, 0, sizeof count);
    fail_kind = kind; fail_at = n; fail_errno = error;
}
long disk_count(int kind) { return count[kind]; }

__attribute__((constructor)) static void begin(void) {
    if (getenv("DISK_UNDER")) disk_under(getenv("DISK_UNDER"));
    if (getenv("DISK_TRACE")) disk_trace(getenv("DISK_TRACE"));
}

/* The lock makes the order of the diary the order of the calls, in all processes; the kernel frees it at a kill. */
static void enter(void) {
    pthread_mutex_lock(&mutex);
    if (!diary[0]) return;
    if (diary_fd < 0 || diary_pid != getpid()) {
        diary_fd = plain_open(diary, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);
        diary_pid = getpid();
    }
    flock(diary_fd, LOCK_EX);
}
static void leave(void) {
    if (diary[0]) flock(diary_fd, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

static int ours(const char *path) {
    size_t size = strlen(under);
    return size && !strncmp(path, under, size) && (path[size] == '/' || !path[size]);
}
static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    path[size > 0 ? size : 0] = 0;
    return size > 0 && ours(path);
}
static int path_at(int folder, const char *name, char *path) {
    char start[PATH_MAX];
    if (name[0] == '/') start[0] = 0;
    else if (folder == AT_FDCWD) { if (!getcwd(start, sizeof start)) start[0] = 0; }
    else path_of(folder, start);
    return snprintf(path, PATH_MAX, "%s%s%s", start, name[0] == '/' ? "" : "/", name) < PATH_MAX && ours(path);
}

static void put(const void *data, size_t size) {
    while (size) {
        ssize_t done = plain_write(diary_fd, data, size);
        if (done <= 0) abort();
        data = (const char *)data + done; size -= done;
    }
}
static void note(struct head h, const char *path, const char *path2, const void *data) {
    if (!diary[0]) return;
    int saved = errno;
    h.pid = getpid();
    h.path = path ? strlen(path) : 0;
    h.path2 = path2 ? strlen(path2) : 0;
    put(&h, sizeof h);
    if (path) put(path, h.path);
    if (path2) put(path2, h.path2);
    if (h.data) put(data, h.data);
    errno = saved;
}
/* Whether this call is the one to fail; errno is set then, and the diary says so. */
static int fails(int kind, const char *path) {
    ++count[kind];
    ++count[ANY];
    if (fail_kind != kind && fail_kind != ANY) return 0;
    if (count[fail_kind] != fail_at) return 0;
    if (!fail_errno) kill(getpid(), SIGKILL);
    note((struct head){.op = FAILED, .error = fail_errno}, path, NULL, NULL);
    errno = fail_errno;
    return 1;
}

static uint64_t inode_at(const char *path) {
    struct stat s;
    return lstat(path, &s) ? 0 : s.st_ino;
}
static uint64_t inode_of(int fd) {
    struct stat s;
    return fstat(fd, &s) ? 0 : s.st_ino;
}

static int opened(int folder, const char *name, int flags, mode_t mode, int wide) {
    REAL(openat);
    char path[PATH_MAX];
    if (wide) flags |= O_LARGEFILE;
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !path_at(folder, name, path))
        return real(folder, name, flags, mode);
    enter();
    uint64_t before = inode_at(path);
    int fd = !before && fails(WRITES, path) ? -1 : real(folder, name, flags, mode);
    if (fd >= 0 && !before)
        note((struct head){.op = CREATE, .inode = inode_of(fd), .mode = mode}, path, NULL, NULL);
    else if (fd >= 0 && flags & O_TRUNC)
        note((struct head){.op = TRUNCATE, .inode = inode_of(fd)}, path, NULL, NULL);
    leave();
    return fd;
}
#define MODE(flags) mode_t mode = 0; if ((flags) & O_CREAT) { va_list a; va_start(a, flags); mode = va_arg(a, int); va_end(a); }
int open(const char *p, int flags, ...) { MODE(flags) return opened(AT_FDCWD, p, flags, mode, 0); }
int open64(const char *p, int flags, ...) { MODE(flags) return opened(AT_FDCWD, p, flags, mode, 1); }
int openat(int d, const char *p, int flags, ...) { MODE(flags) return opened(d, p, flags, mode, 0); }
int openat64(int d, const char *p, int flags, ...) { MODE(flags) return opened(d, p, flags, mode, 1); }

static ssize_t written(int fd, const void *data, size_t size, off64_t offset) {
    REAL(pwrite64);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return offset < 0 ? plain_write(fd, data, size) : real(fd, data, size, offset);
    enter();
    off64_t at = offset;
    if (offset < 0) at = fcntl(fd, F_GETFL) & O_APPEND ? lseek64(fd, 0, SEEK_END) : lseek64(fd, 0, SEEK_CUR);
    ssize_t done = fails(WRITES, path) ? -1 : offset < 0 ? plain_write(fd, data, size) : real(fd, data, size, offset);
    if (done > 0)
        note((struct head){.op = WRITE, .inode = inode_of(fd), .offset = at, .length = done, .data = done}, path, NULL, data);
    leave();
    return done;
}
ssize_t write(int fd, const void *data, size_t size) { return written(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return written(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return written(fd, data, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int many) {
    REAL(writev);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, parts, many);
    ssize_t sum = 0;
    for (int i = 0; i < many; i++) {
        ssize_t done = written(fd, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return sum ? sum : done;
        sum += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return sum;
}
/* Copying within the kernel is refused, and programs fall back to write. */
ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
    REAL(sendfile64);
    char path[PATH_MAX];
    if (path_of(out, path)) { errno = EINVAL; return -1; }
    return real(out, in, at, size);
}
ssize_t sendfile(int out, int in, off_t *at, size_t size) { return sendfile64(out, in, at, size); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
    REAL(copy_file_range);
    char path[PATH_MAX];
    if (path_of(out, path)) { errno = EXDEV; return -1; }
    return real(in, from, out, to, size, flags);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, size);
    enter();
    int done = fails(WRITES, path) ? -1 : real(fd, size);
    if (!done) note((struct head){.op = TRUNCATE, .inode = inode_of(fd), .length = size}, path, NULL, NULL);
    leave();
    return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* One call on names: what changes, and how it is written down. */
#define ON_NAME(folder, name, operation, call) \
    char path[PATH_MAX]; \
    if (!path_at(folder, name, path)) return call; \
    enter(); \
    uint64_t before = inode_at(path); \
    int idle = (operation == MKDIR) == (before != 0); /* it would change nothing */ \
    int done = !idle && fails(WRITES, path) ? -1 : call; \
    if (!done) note((struct head){.op = operation, .inode = before ? before : inode_at(path), .mode = mode}, path, NULL, NULL); \
    leave(); \
    return done
int unlink(const char *p) { REAL(unlink); mode_t mode = 0; ON_NAME(AT_FDCWD, p, UNLINK, real(p)); }
int rmdir(const char *p) { REAL(rmdir); mode_t mode = 0; ON_NAME(AT_FDCWD, p, RMDIR, real(p)); }
int unlinkat(int d, const char *p, int f) {
    REAL(unlinkat); mode_t mode = 0; ON_NAME(d, p, f & AT_REMOVEDIR ? RMDIR : UNLINK, real(d, p, f));
}
int mkdir(const char *p, mode_t mode) { REAL(mkdir); ON_NAME(AT_FDCWD, p, MKDIR, real(p, mode)); }
int mkdirat(int d, const char *p, mode_t mode) { REAL(mkdirat); ON_NAME(d, p, MKDIR, real(d, p, mode)); }

#define ON_TWO(d1, p1, d2, p2, operation, call) \
    char path[PATH_MAX], path2[PATH_MAX]; \
    if (!(path_at(d1, p1, path) & path_at(d2, p2, path2))) return call; \
    enter(); \
    int done = fails(WRITES, path) ? -1 : call; \
    if (!done) note((struct head){.op = operation, .inode = inode_at(path2)}, path, path2, NULL); \
    leave(); \
    return done
int rename(const char *a, const char *b) { REAL(rename); ON_TWO(AT_FDCWD, a, AT_FDCWD, b, RENAME, real(a, b)); }
int renameat(int x, const char *a, int y, const char *b) { REAL(renameat); ON_TWO(x, a, y, b, RENAME, real(x, a, y, b)); }
int link(const char *a, const char *b) { REAL(link); ON_TWO(AT_FDCWD, a, AT_FDCWD, b, LINK, real(a, b)); }
int linkat(int x, const char *a, int y, const char *b, int f) { REAL(linkat); ON_TWO(x, a, y, b, LINK, real(x, a, y, b, f)); }

int fchmod(int fd, mode_t mode) {
    REAL(fchmod);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, mode);
    enter();
    int done = fails(WRITES, path) ? -1 : real(fd, mode);
    if (!done) note((struct head){.op = CHMOD, .inode = inode_of(fd), .mode = mode}, path, NULL, NULL);
    leave();
    return done;
}
/* On a name that is there: `before` is its inode, and the call changes something as long as it is there. */
int chmod(const char *p, mode_t mode) {
    REAL(chmod);
    char path[PATH_MAX];
    if (!path_at(AT_FDCWD, p, path)) return real(p, mode);
    enter();
    uint64_t inode = inode_at(path);
    int done = inode && fails(WRITES, path) ? -1 : real(p, mode);
    if (!done) note((struct head){.op = CHMOD, .inode = inode, .mode = mode}, path, NULL, NULL);
    leave();
    return done;
}

#define ON_SYNC(fd, call) \
    char path[PATH_MAX]; \
    if (!path_of(fd, path)) return call; \
    enter(); \
    int done = fails(SYNCS, path) ? -1 : call; \
    note((struct head){.op = SYNC, .inode = inode_of(fd), .error = done ? errno : 0}, path, NULL, NULL); \
    leave(); \
    return done
int fsync(int fd) { REAL(fsync); ON_SYNC(fd, real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); ON_SYNC(fd, real(fd)); }
