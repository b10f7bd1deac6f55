/* What lwIP wants to know of the compiler and the machine. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LWIP_RAND() ((u32_t)rand())
#define LWIP_PLATFORM_DIAG(x) do { printf x; } while (0)
#define LWIP_PLATFORM_ASSERT(x) do { fprintf(stderr, "lwIP: %s\n", x); abort(); } while (0)

#endif
