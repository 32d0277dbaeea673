// Makes every sync take DELAY milliseconds longer, as a slower disk would. Preloaded into the servers that are compared.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#define SLOW(name)                                                                                                     \
    int name(int fd) {                                                                                                 \
        static int (*real)(int);                                                                                       \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);                                                       \
        usleep(DELAY * 1000);                                                                                          \
        return real(fd);                                                                                               \
    }

SLOW(fsync)
SLOW(fdatasync)
