/*
 * A disk that can be told to fail: put before the C library (LD_PRELOAD), it sees each call on the files whose path
 * begins with SHIM_FILES, and on the folder that they are in. Calls on anything else pass through.
 *
 *   SHIM_FAULT    KIND:FIRST:LAST:HOW   calls number FIRST to LAST of a KIND (read, write, sync, open) fail. HOW is the
 *                                       number of an error, or 0: only the first half of the bytes is taken.
 *   SHIM_FULL     PATH                  as long as there is a file at PATH, no file grows but by what was given free;
 *                                       how much that is stands in the file, for the next process.
 *   SHIM_SLOW     MILLISECONDS          every call of the kind sync takes so much longer.
 *   SHIM_JOURNAL  PATH                  every call that was let through is recorded there, in the order of time.
 *
 * A record is: kind, length of the name, offset, length of the bytes (four numbers of 8 bytes), the name, the bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { READ, WRITE, SYNC, OPEN, TRUNCATE, CREATE, UNLINK, RENAME, SYNC_FOLDER, KIND_COUNT };

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counts[KIND_COUNT];
static int journal = -1;

/* The path of `fd` without what the kernel adds to deleted ones; 0 if it is none of ours. */
static int ours(int fd, char *path) {
    const char *files = getenv("SHIM_FILES");
    char link[64];
    path[0] = 0;
    if (!files || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    char *deleted = strstr(path, " (deleted)");
    if (deleted) *deleted = 0;
    return strncmp(path, files, strlen(files)) == 0;
}

/* Whether `path` is the folder that our files are in. */
static int is_folder(const char *path) {
    const char *files = getenv("SHIM_FILES");
    const char *name = files ? strrchr(files, '/') : NULL;
    return name && strlen(path) == (size_t)(name - files) && strncmp(path, files, name - files) == 0;
}

static void put(const void *bytes, size_t length) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    while (length > 0) {
        ssize_t written = real(journal, bytes, length);
        if (written <= 0) abort();
        bytes = (const char *)bytes + written;
        length -= written;
    }
}

static void record(int kind, const char *path, uint64_t offset, const void *bytes, uint64_t length) {
    static int (*real)(const char *, int, ...);
    const char *to = getenv("SHIM_JOURNAL");
    if (!to) return;
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    if (journal < 0) journal = real(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    uint64_t head[4] = {kind, strlen(path), offset, length};
    put(head, sizeof head);
    put(path, strlen(path));
    put(bytes, length);
}

/* How this call of `kind` is to end: -1 as it would, 0 half done, otherwise with this error. Takes the turn. */
static int begin(int kind) {
    static const char *names[] = {"read", "write", "sync", "open"};
    char name[16];
    unsigned long first, last;
    int how, saved = errno;
    pthread_mutex_lock(&turn);
    counts[kind]++;
    const char *fault = getenv("SHIM_FAULT");
    errno = saved;
    if (!fault || sscanf(fault, "%15[^:]:%lu:%lu:%d", name, &first, &last, &how) != 4) return -1;
    errno = saved;
    return strcmp(name, names[kind]) == 0 && first <= counts[kind] && counts[kind] <= last ? how : -1;
}

static void end(void) {
    int saved = errno;
    pthread_mutex_unlock(&turn);
    errno = saved;
}

/* Gives `more` bytes free, or takes them; 0 if there are not so many, and always 1 on a disk that is not full. */
static int give(long long more) {
    static int (*real_open)(const char *, int, ...);
    static ssize_t (*real_read)(int, void *, size_t, off64_t);
    static ssize_t (*real_write)(int, const void *, size_t, off64_t);
    const char *when = getenv("SHIM_FULL");
    if (!when) return 1;
    if (!real_open) real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    if (!real_read) real_read = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    if (!real_write) real_write = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    int fd = real_open(when, O_RDWR | O_CLOEXEC);
    if (fd < 0) return 1;
    long long left = 0;
    if (real_read(fd, &left, sizeof left, 0) != sizeof left) left = 0;
    int is_there = left + more >= 0;
    left += more;
    if (is_there && real_write(fd, &left, sizeof left, 0) != sizeof left) abort();
    close(fd);
    return is_there;
}

/* Whether the disk has no room for `fd` to be `size` bytes long. Shorter is given free if that `is_new_size`. */
static int is_full(int fd, uint64_t size, int is_new_size) {
    struct stat now;
    int saved = errno;
    if (!getenv("SHIM_FULL") || fstat(fd, &now) != 0) return 0;
    long long more = (long long)size - now.st_size;
    int answer = more > 0 || is_new_size ? !give(-more) : 0;
    errno = saved;
    return answer;
}

/* One write of either sort; `offset` is negative for one at the place where the file stands. */
static ssize_t write_to(int fd, const void *bytes, size_t length, off64_t offset,
                        ssize_t (*at_place)(int, const void *, size_t),
                        ssize_t (*at_offset)(int, const void *, size_t, off64_t)) {
    char path[PATH_MAX];
    if (!ours(fd, path)) return offset < 0 ? at_place(fd, bytes, length) : at_offset(fd, bytes, length, offset);
    int how = begin(WRITE);
    ssize_t written = -1;
    uint64_t place = offset < 0 ? (uint64_t)lseek64(fd, 0, SEEK_CUR) : (uint64_t)offset;
    if (how < 0 && is_full(fd, place + length, 0)) how = ENOSPC;
    if (how > 0) {
        errno = how;
    } else {
        if (how == 0 && length > 1) length /= 2;
        written = offset < 0 ? at_place(fd, bytes, length) : at_offset(fd, bytes, length, offset);
        if (offset < 0) place = lseek64(fd, 0, SEEK_CUR) - written;
        if (written > 0) record(WRITE, path, place, bytes, written);
    }
    end();
    return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write);
    return write_to(fd, bytes, length, -1, real, NULL);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(pwrite);
    return write_to(fd, bytes, length, offset, NULL, (ssize_t(*)(int, const void *, size_t, off64_t))real);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(pwrite64);
    return write_to(fd, bytes, length, offset, NULL, real);
}

static int read_fails(int fd) {
    char path[PATH_MAX];
    if (!ours(fd, path)) return 0;
    int how = begin(READ);
    if (how < 0) record(READ, path, 0, NULL, 0);
    if (how > 0) errno = how;
    end();
    return how > 0;
}

ssize_t read(int fd, void *bytes, size_t length) {
    REAL(read);
    return read_fails(fd) ? -1 : real(fd, bytes, length);
}

ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    REAL(pread);
    return read_fails(fd) ? -1 : real(fd, bytes, length, offset);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    REAL(pread64);
    return read_fails(fd) ? -1 : real(fd, bytes, length, offset);
}

static int sync_with(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    int is_file = ours(fd, path);
    if (!is_file && !is_folder(path)) return real(fd);
    const char *slow = getenv("SHIM_SLOW");
    if (slow) usleep(atoi(slow) * 1000);
    int how = begin(SYNC), answer = -1;
    if (how > 0) {
        errno = how;
    } else {
        answer = real(fd);
        record(is_file ? SYNC : SYNC_FOLDER, path, 0, NULL, 0);
    }
    end();
    return answer;
}

int fsync(int fd) {
    REAL(fsync);
    return sync_with(fd, real);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return sync_with(fd, real);
}

static int truncate_to(int fd, off64_t size, int (*real)(int, off64_t)) {
    char path[PATH_MAX];
    if (!ours(fd, path)) return real(fd, size);
    int how = begin(WRITE), answer = -1;
    if (how < 0 && is_full(fd, size, 1)) how = ENOSPC;
    if (how > 0) {
        errno = how;
    } else {
        answer = real(fd, size);
        record(TRUNCATE, path, size, NULL, 0);
    }
    end();
    return answer;
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    return truncate_to(fd, size, (int (*)(int, off64_t))real);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    return truncate_to(fd, size, real);
}

/* What is opened for reading alone is let through. */
static int open_with(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    const char *files = getenv("SHIM_FILES");
    int is_ours = files && strncmp(path, files, strlen(files)) == 0;
    if (!is_ours || (flags & O_ACCMODE) == O_RDONLY) return real(path, flags, mode);
    int saved = errno, how = begin(OPEN), answer = -1;
    const char *when = getenv("SHIM_FULL"), *suffix = strrchr(path, '.');
    /* The bot looks at how much is free before it sets space aside, and that is asked past the C library. */
    if (how < 0 && when && access(when, F_OK) == 0 && suffix && strcmp(suffix, ".ballast") == 0) how = ENOSPC;
    int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
    errno = saved;
    if (how > 0) {
        errno = how;
    } else {
        answer = real(path, flags, mode);
        if (answer >= 0) {
            record(OPEN, path, 0, NULL, 0);
            if (is_new) record(CREATE, path, 0, NULL, 0);
            if (flags & O_TRUNC) record(TRUNCATE, path, 0, NULL, 0);
        }
    }
    end();
    return answer;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & O_CREAT) { \
        va_list list; \
        va_start(list, flags); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }

int open(const char *path, int flags, ...) {
    REAL(open);
    MODE_OF(flags);
    return open_with(path, flags, mode, real);
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    MODE_OF(flags);
    return open_with(path, flags, mode, real);
}

int unlink(const char *path) {
    REAL(unlink);
    const char *files = getenv("SHIM_FILES");
    if (!files || strncmp(path, files, strlen(files)) != 0) return real(path);
    struct stat gone;
    pthread_mutex_lock(&turn);
    long long size = stat(path, &gone) == 0 ? gone.st_size : 0;
    int answer = real(path);
    if (answer == 0) {
        give(size);
        record(UNLINK, path, 0, NULL, 0);
    }
    end();
    return answer;
}

int rename(const char *from, const char *to) {
    REAL(rename);
    const char *files = getenv("SHIM_FILES");
    if (!files || strncmp(from, files, strlen(files)) != 0) return real(from, to);
    pthread_mutex_lock(&turn);
    int answer = real(from, to);
    if (answer == 0) record(RENAME, from, 0, to, strlen(to));
    end();
    return answer;
}
