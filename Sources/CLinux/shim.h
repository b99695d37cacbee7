// What `import Glibc` lacks and Sources/Linux calls.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <pthread.h>
#include <sys/epoll.h>    // epoll: how a worker thread waits for a connection or for the stop
#include <sys/eventfd.h>  // eventfd: the stop itself, seen by every thread at once and by no signal
#include <sys/socket.h>

// accept4 sets close-on-exec in the same call. glibc declares it for _GNU_SOURCE alone, which the module of its
// headers is not compiled with.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

// The name that ps and gdb show. _GNU_SOURCE as above.
int pthread_setname_np(pthread_t thread, const char *name);

// A file in memory without a name, for counters that nobody else is to read. _GNU_SOURCE as above.
int memfd_create(const char *name, unsigned int flags);

#endif
