/* lwIP behind the commands of every peer (see ../../README.md), on its raw API, which is its fastest.
 *
 *   lwip TAP ADDRESS PEER      serves, says "ready", then takes `connects ADDRESS SECONDS` from standard input until its end
 */
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lwip/init.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "tap.h"

enum { ECHO = 7, DISCARD = 9, HOLD = 11, CLOSE = 13, CHARGEN = 19 };

static char zeros[1 << 16];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

u32_t sys_now(void)
{
    return (u32_t)(now() * 1000);
}

/* ------------------------------------------------------------------------------------------ the servers */

static err_t finish(struct tcp_pcb *pcb)
{
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    return tcp_close(pcb);
}

static err_t echo(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)argument;
    (void)error;
    if (data == NULL) return finish(pcb);
    for (struct pbuf *p = data; p != NULL; p = p->next) tcp_write(pcb, p->payload, p->len, TCP_WRITE_FLAG_COPY);
    tcp_output(pcb);
    tcp_recved(pcb, data->tot_len);
    pbuf_free(data);
    return ERR_OK;
}

static err_t discard(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)argument;
    (void)error;
    if (data == NULL) return finish(pcb);
    tcp_recved(pcb, data->tot_len);
    pbuf_free(data);
    return ERR_OK;
}

/* Copied into lwIP, as a socket would be: what is sent by reference alone would not be a stream of somebody's data. */
static err_t fill(void *argument, struct tcp_pcb *pcb, u16_t acknowledged)
{
    (void)argument;
    (void)acknowledged;
    while (tcp_sndbuf(pcb) >= 32 * TCP_MSS) {
        if (tcp_write(pcb, zeros, 32 * TCP_MSS, TCP_WRITE_FLAG_COPY | TCP_WRITE_FLAG_MORE) != ERR_OK) break;
    }
    return tcp_output(pcb);
}

static err_t accepted(void *port, struct tcp_pcb *pcb, err_t error)
{
    if (error != ERR_OK) return error;
    tcp_nagle_disable(pcb);
    switch ((int)(long)port) {
    case CLOSE:
        return tcp_close(pcb);
    case ECHO:
        tcp_recv(pcb, echo);
        return ERR_OK;
    case CHARGEN:
        tcp_recv(pcb, discard);
        tcp_sent(pcb, fill);
        return fill(NULL, pcb, 0);
    default:
        tcp_recv(pcb, discard);
        return ERR_OK;
    }
}

static void listen_on(int port)
{
    struct tcp_pcb *pcb = tcp_new();
    tcp_bind(pcb, IP_ADDR_ANY, (u16_t)port);
    pcb = tcp_listen(pcb);
    tcp_arg(pcb, (void *)(long)port);
    tcp_accept(pcb, accepted);
}

/* ------------------------------------------------------------------------------------------ connecting, one after the other */

static struct {
    ip_addr_t address;
    double start, seconds;
    int count, running;
} connects;

static void connect_again(void);

static void failed(void *argument, err_t error)
{
    (void)argument;
    fprintf(stderr, "lwip: a connection failed: %d\n", error);
    exit(1);
}

static err_t arrived(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)argument;
    (void)error;
    if (data != NULL) return discard(NULL, pcb, data, ERR_OK);
    connects.count++;
    tcp_err(pcb, NULL);
    finish(pcb);
    connect_again();
    return ERR_OK;
}

static err_t established(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    (void)pcb;
    return error;
}

static void connect_again(void)
{
    if (now() - connects.start >= connects.seconds) {
        printf("{\"count\": %d, \"seconds\": %.6f}\n", connects.count, now() - connects.start);
        connects.running = 0;
        return;
    }
    struct tcp_pcb *pcb = tcp_new();
    tcp_err(pcb, failed);
    tcp_recv(pcb, arrived);
    if (tcp_connect(pcb, &connects.address, CLOSE, established) != ERR_OK) failed(NULL, ERR_CONN);
}

/* Returns 0 at the end of the commands. */
static int command(void)
{
    static char line[128];
    static size_t length;
    char address[32];
    ssize_t n = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
    if (n <= 0) return 0;
    line[length += (size_t)n] = 0;
    if (strchr(line, '\n') == NULL) return 1;
    length = 0;
    connects.count = 0;
    connects.running = 1;
    if (sscanf(line, "connects %31s %lf", address, &connects.seconds) != 2) return 0;
    ipaddr_aton(address, &connects.address);
    connects.start = now();
    connect_again();
    return 1;
}

int main(int count, char **arguments)
{
    static const int ports[] = { ECHO, DISCARD, HOLD, CLOSE, CHARGEN };
    struct netif netif;
    if (count != 4) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    lwip_init();
    struct pollfd wait[2] = { { .fd = tap_open(&netif, arguments[1], arguments[2], arguments[3]), .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) listen_on(ports[i]);
    puts("ready");
    for (;;) {
        u32_t sleep = sys_timeouts_sleeptime();
        poll(wait, 2, sleep > 1000 ? 1000 : (int)sleep);
        if (wait[0].revents) tap_drain(&netif, wait[0].fd);
        sys_check_timeouts();
        if (wait[1].revents && !command()) return 0;
    }
}
