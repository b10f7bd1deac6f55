/* The TLS 1.2 server of every measurement: OpenSSL, ECDHE with X25519, AES-128-GCM, tickets.
 *
 *   server CHAIN KEY      HANDSHAKE_PORT: closes after the handshake. BULK_PORT: the first byte says who sends.
 */
#include <openssl/ssl.h>
#include <pthread.h>

#include "common.h"

static SSL_CTX *context;

static void serve(SSL *ssl, int port)
{
    static char zeros[CHUNK];
    char bytes[CHUNK];
    if (SSL_accept(ssl) != 1) return;
    if (port == HANDSHAKE_PORT) {
        SSL_shutdown(ssl);
        return;
    }
    if (SSL_read(ssl, bytes, 1) != 1) return;
    if (bytes[0] == 'r') while (SSL_write(ssl, zeros, sizeof zeros) > 0) {}
    else while (SSL_read(ssl, bytes, sizeof bytes) > 0) {}
}

struct listener { int socket, port; };

static void *accept_all(void *argument)
{
    struct listener *listener = argument;
    int one = 1, s;
    while ((s = accept(listener->socket, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(context);
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        SSL_set_fd(ssl, s);
        serve(ssl, listener->port);
        SSL_free(ssl);
        close(s);
    }
    return NULL;
}

static void listen_on(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct listener *listener = malloc(sizeof *listener);
    int one = 1;
    listener->port = port;
    listener->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener->socket, (struct sockaddr *)&name, sizeof name) < 0 || listen(listener->socket, 1024) < 0) fail("listen");
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, accept_all, listener);
    }
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"peers", 5); /* for who knows no tickets: BouncyCastle */
    if (count != 3 || SSL_CTX_use_certificate_chain_file(context, arguments[1]) != 1 || SSL_CTX_use_PrivateKey_file(context, arguments[2], SSL_FILETYPE_PEM) != 1
        || SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256") != 1 || SSL_CTX_set1_groups_list(context, "X25519") != 1) fail("server: configuration");
    listen_on(HANDSHAKE_PORT);
    listen_on(BULK_PORT);
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
}
