#include "tap.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lwip/etharp.h"
#include "lwip/ip_addr.h"
#include "netif/ethernet.h"

enum { BATCH = 256, PARTS = 16 };

static err_t transmit(struct netif *netif, struct pbuf *frame)
{
    struct iovec parts[PARTS];
    int count = 0;
    for (struct pbuf *p = frame; p != NULL && count < PARTS; p = p->next) parts[count++] = (struct iovec){ p->payload, p->len };
    return writev((int)(long)netif->state, parts, count) < 0 ? ERR_IF : ERR_OK;
}

static err_t start(struct netif *netif)
{
    static const u8_t mac[] = { 2, 0, 0, 0, 0, 7 };
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->output = etharp_output;
    netif->linkoutput = transmit;
    netif->mtu = 1500;
    netif->hwaddr_len = sizeof mac;
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

int tap_open(struct netif *netif, const char *name, const char *address, const char *peer)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    ip4_addr_t own, mask, gateway;
    int file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (file < 0 || ioctl(file, TUNSETIFF, &request) < 0) {
        perror(name);
        exit(1);
    }
    ip4addr_aton(address, &own);
    ip4addr_aton("255.255.255.0", &mask);
    ip4addr_aton(peer, &gateway);
    netif_add(netif, &own, &mask, &gateway, (void *)(long)file, start, ethernet_input);
    netif_set_default(netif);
    netif_set_up(netif);
    return file;
}

void tap_drain(struct netif *netif, int file)
{
    for (int i = 0; i < BATCH; i++) {
        struct pbuf *frame = pbuf_alloc(PBUF_RAW, PBUF_POOL_BUFSIZE, PBUF_POOL);
        ssize_t length = frame == NULL ? -1 : read(file, frame->payload, PBUF_POOL_BUFSIZE);
        if (length <= 0) {
            if (frame != NULL) pbuf_free(frame);
            return;
        }
        pbuf_realloc(frame, (u16_t)length);
        if (netif->input(frame, netif) != ERR_OK) pbuf_free(frame);
    }
}
