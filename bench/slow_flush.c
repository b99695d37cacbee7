// A disk on which each flush takes a millisecond more, as on rented machines: loaded into PostgreSQL by LD_PRELOAD
// (bench/against --slow-flush), before the C library's own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec left = {.tv_nsec = 1000000};
    // A signal ends it early and leaves the rest in `left`.
    while (nanosleep(&left, &left)) {}
    return flush(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
