/* The kernel's TCP behind the commands of every peer, and the partner that every peer is measured against.
 *
 *   kernel ADDRESS [CONGESTION]     serves, says "ready", then takes commands from standard input until its end (see ../../README.md)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 7, DISCARD = 9, HOLD = 11, CLOSE = 13, CHARGEN = 19 };
enum { CHUNK = 1 << 18, LATENCIES = 1 << 20 };

static const char *congestion = "cubic";
static struct in_addr own;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* The machine's default may be another algorithm, which a namespace cannot change: it is set per socket, where the kernel has it. */
static int make_socket(void)
{
    int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) die("socket");
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion));
    return s;
}

static struct sockaddr_in endpoint(struct in_addr address, int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address };
    return name;
}

static int connect_to(const char *address, int port)
{
    struct sockaddr_in name = endpoint((struct in_addr){ inet_addr(address) }, port);
    int s = make_socket();
    if (connect(s, (struct sockaddr *)&name, sizeof name) < 0) die("connect");
    return s;
}

/* ------------------------------------------------------------------------------------------ the servers */

static void *echo(void *socket)
{
    int s = (int)(long)socket;
    char bytes[4096];
    ssize_t n;
    while ((n = recv(s, bytes, sizeof bytes, 0)) > 0 && send(s, bytes, n, 0) == n) {}
    close(s);
    return NULL;
}

static void *discard(void *socket)
{
    int s = (int)(long)socket;
    char *bytes = malloc(CHUNK);
    while (recv(s, bytes, CHUNK, 0) > 0) {}
    free(bytes);
    close(s);
    return NULL;
}

static void *chargen(void *socket)
{
    int s = (int)(long)socket;
    char *bytes = calloc(1, CHUNK);
    while (send(s, bytes, CHUNK, 0) > 0) {}
    free(bytes);
    close(s);
    return NULL;
}

static void *listen_on(void *argument)
{
    int port = (int)(long)argument, listener = make_socket();
    struct sockaddr_in name = endpoint(own, port);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) < 0 || listen(listener, 4096) < 0) die("listen");
    int s;
    while ((s = accept(listener, NULL, NULL)) >= 0) {
        pthread_t thread;
        if (port == CLOSE) close(s);
        if (port == CLOSE || port == HOLD) continue;
        if (pthread_create(&thread, NULL, port == ECHO ? echo : port == DISCARD ? discard : chargen, (void *)(long)s)) die("thread");
        pthread_detach(thread);
    }
    die("accept");
    return NULL;
}

/* ------------------------------------------------------------------------------------------ the measures */

/* Done when the other side has closed: everything has arrived by then. */
static void send_for(const char *address, double seconds)
{
    int s = connect_to(address, DISCARD);
    char *bytes = calloc(1, CHUNK);
    double start = now(), sum = 0;
    while (now() - start < seconds) {
        ssize_t n = send(s, bytes, CHUNK, 0);
        if (n <= 0) die("send");
        sum += n;
    }
    shutdown(s, SHUT_WR);
    while (recv(s, bytes, CHUNK, 0) > 0) {}
    printf("{\"bytes\": %.0f, \"seconds\": %.6f}\n", sum, now() - start);
    free(bytes);
    close(s);
}

static void receive_for(const char *address, double seconds)
{
    int s = connect_to(address, CHARGEN);
    char *bytes = malloc(CHUNK);
    double start = now(), sum = 0;
    while (now() - start < seconds) {
        ssize_t n = recv(s, bytes, CHUNK, 0);
        if (n <= 0) die("recv");
        sum += n;
    }
    printf("{\"bytes\": %.0f, \"seconds\": %.6f}\n", sum, now() - start);
    free(bytes);
    close(s);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void round_trips_for(const char *address, double seconds)
{
    int s = connect_to(address, ECHO), count = 0;
    double *took = malloc(LATENCIES * sizeof *took), start = now(), before = start;
    while (before - start < seconds && count < LATENCIES) {
        char byte = 'x';
        if (send(s, &byte, 1, 0) != 1 || recv(s, &byte, 1, 0) != 1) die("round trip");
        double after = now();
        took[count++] = after - before;
        before = after;
    }
    qsort(took, count, sizeof *took, by_size);
    printf("{\"count\": %d, \"seconds\": %.6f, \"p50\": %.9f, \"p99\": %.9f}\n", count, before - start, took[count / 2], took[(int)(count * 0.99)]);
    free(took);
    close(s);
}

static void connects_for(const char *address, double seconds)
{
    int count = 0;
    double start = now();
    while (now() - start < seconds) {
        char byte;
        int s = connect_to(address, CLOSE);
        if (recv(s, &byte, 1, 0) != 0) die("end of stream");
        close(s);
        count++;
    }
    printf("{\"count\": %d, \"seconds\": %.6f}\n", count, now() - start);
}

static void hold(const char *address, int wanted)
{
    double start = now();
    for (int i = 0; i < wanted; i++) connect_to(address, HOLD);
    printf("{\"count\": %d, \"seconds\": %.6f}\n", wanted, now() - start);
}

int main(int count, char **arguments)
{
    static const int ports[] = { ECHO, DISCARD, HOLD, CLOSE, CHARGEN };
    char verb[16], address[32];
    double amount;
    signal(SIGPIPE, SIG_IGN);
    if (count < 2) return 2;
    own.s_addr = inet_addr(arguments[1]);
    if (count > 2) congestion = arguments[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, listen_on, (void *)(long)ports[i])) die("thread");
    }
    usleep(50000);
    puts("ready");
    while (scanf("%15s %31s %lf", verb, address, &amount) == 3) {
        if (!strcmp(verb, "send")) send_for(address, amount);
        else if (!strcmp(verb, "receive")) receive_for(address, amount);
        else if (!strcmp(verb, "rtt")) round_trips_for(address, amount);
        else if (!strcmp(verb, "connects")) connects_for(address, amount);
        else if (!strcmp(verb, "hold")) hold(address, (int)amount);
        else return 2;
    }
    return 0;
}
