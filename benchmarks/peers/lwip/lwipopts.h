/* lwIP tuned for throughput on a TAP: large windows, all options that its TCP has. One thread, no operating system layer. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ICMP 1
#define LWIP_UDP 0
#define LWIP_TCP 1
#define LWIP_STATS 0
#define LWIP_NOASSERT 1
#define MEM_ALIGNMENT 8
#define LWIP_CHKSUM_ALGORITHM 3
#define ETHARP_TRUST_IP_MAC 0

#define TCP_MSS 1460
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 4
#define TCP_WND (512 * 1024)
#define TCP_SND_BUF (512 * 1024)
#define TCP_SND_QUEUELEN (4 * TCP_SND_BUF / TCP_MSS)
#define TCP_SNDLOWAT (32 * 1024)
#define TCP_OVERSIZE TCP_MSS
#define TCP_QUEUE_OOSEQ 1
#define LWIP_TCP_SACK_OUT 1
#define LWIP_TCP_TIMESTAMPS 1
#define TCP_LISTEN_BACKLOG 1
#define TCP_DEFAULT_LISTEN_BACKLOG 255

/* The heap and the pools are malloc's, except that of connections: without a bound nothing would ever end a TIME-WAIT early, and lwIP searches them in
 * a list. PCBS is how many there may be. */
#define MEM_LIBC_MALLOC 1
#define MEMP_NUM_TCP_PCB PCBS
#define MEMP_NUM_TCP_SEG (8 * TCP_SND_QUEUELEN)
#define MEMP_NUM_PBUF 16384
#define PBUF_POOL_SIZE 4096
#define PBUF_POOL_BUFSIZE 1600

#endif
