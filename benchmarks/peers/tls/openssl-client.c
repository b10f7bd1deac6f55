/* OpenSSL's client: openssl AUTHORITY HOST */
#include <openssl/ssl.h>

#include "common.h"

static SSL_CTX *context;
static SSL_SESSION *session;
static const char *host;

static SSL *open_connection(const char *address, int port, int resume)
{
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, connect_to(address, port));
    SSL_set1_host(ssl, host);
    SSL_set_tlsext_host_name(ssl, host);
    if (resume && session) SSL_set_session(ssl, session);
    if (SSL_connect(ssl) != 1) fail("openssl: handshake");
    if (resume && session && !SSL_session_reused(ssl)) fail("openssl: not resumed");
    return ssl;
}

static void close_connection(SSL *ssl)
{
    SSL_shutdown(ssl);
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

void handshake(const char *address, int resume)
{
    char byte;
    SSL *ssl = open_connection(address, HANDSHAKE_PORT, resume);
    if (resume && !session) session = SSL_get1_session(ssl);
    if (SSL_read(ssl, &byte, 1) > 0) fail("openssl: the end was expected");
    close_connection(ssl);
}

double transfer(const char *address, int receive, double seconds)
{
    char bytes[CHUNK] = { receive ? 'r' : 's' };
    double start = now(), sum = 0;
    SSL *ssl = open_connection(address, BULK_PORT, 0);
    SSL_write(ssl, bytes, 1);
    while (now() - start < seconds) {
        int n = receive ? SSL_read(ssl, bytes, sizeof bytes) : SSL_write(ssl, bytes, sizeof bytes);
        if (n <= 0) fail("openssl: transfer");
        sum += n;
    }
    close_connection(ssl);
    return sum;
}

int main(int count, char **arguments)
{
    if (count != 3) return 2;
    host = arguments[2];
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, arguments[1], NULL) != 1 || SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256") != 1
        || SSL_CTX_set1_groups_list(context, "X25519") != 1) fail("openssl: configuration");
    return take_commands();
}
