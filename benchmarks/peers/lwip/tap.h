/* lwIP's network interface on a TAP: one read or writev per frame, no copy on the way out. */
#ifndef TAP_H
#define TAP_H

#include "lwip/netif.h"

/* Opens the TAP and adds it as the default interface. Ends the process when that fails. */
int tap_open(struct netif *netif, const char *name, const char *address, const char *peer);

/* Hands every frame that waits to lwIP, at most a batch. */
void tap_drain(struct netif *netif, int file);

#endif
