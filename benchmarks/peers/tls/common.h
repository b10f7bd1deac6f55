/* What the C clients share: commands in, answers out (see ../../README.md). */
#ifndef COMMON_H
#define COMMON_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HANDSHAKE_PORT = 4433, BULK_PORT = 4434, CHUNK = 1 << 16 };

/* One connection; resume: from the session that the one before has left. Ends the process when anything fails. */
void handshake(const char *address, int resume);

/* Bytes per second both ways; receive: the server sends. */
double transfer(const char *address, int receive, double seconds);

static inline void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static inline int connect_to(const char *address, int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(address) };
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(s, (struct sockaddr *)&name, sizeof name) < 0) fail("connect");
    return s;
}

static inline int take_commands(void)
{
    char verb[16], address[32];
    double seconds;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (scanf("%15s %31s %lf", verb, address, &seconds) == 3) {
        double start = now();
        if (!strcmp(verb, "full") || !strcmp(verb, "resumed")) {
            int count = 0;
            for (; now() - start < seconds; count++) handshake(address, verb[0] == 'r');
            printf("{\"count\": %d, \"seconds\": %.6f}\n", count, now() - start);
        } else {
            double bytes = transfer(address, !strcmp(verb, "receive"), seconds);
            printf("{\"bytes\": %.0f, \"seconds\": %.6f}\n", bytes, now() - start);
        }
    }
    return 0;
}

#endif
