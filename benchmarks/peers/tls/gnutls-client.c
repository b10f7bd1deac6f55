/* GnuTLS's client: gnutls AUTHORITY HOST */
#include <gnutls/gnutls.h>

#include "common.h"

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priority;
static gnutls_datum_t stored;
static const char *host;

static gnutls_session_t open_connection(const char *address, int port, int resume)
{
    gnutls_session_t session;
    int result, s = connect_to(address, port);
    gnutls_init(&session, GNUTLS_CLIENT);
    gnutls_priority_set(session, priority);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, strlen(host));
    gnutls_session_set_verify_cert(session, host, 0);
    if (resume && stored.data) gnutls_session_set_data(session, stored.data, stored.size);
    gnutls_transport_set_int(session, s); /* a macro that evaluates twice */
    do result = gnutls_handshake(session);
    while (result < 0 && !gnutls_error_is_fatal(result));
    if (result < 0) fail(gnutls_strerror(result));
    if (resume && stored.data && !gnutls_session_is_resumed(session)) fail("gnutls: not resumed");
    return session;
}

static void close_connection(gnutls_session_t session)
{
    gnutls_bye(session, GNUTLS_SHUT_WR);
    close(gnutls_transport_get_int(session));
    gnutls_deinit(session);
}

void handshake(const char *address, int resume)
{
    char byte;
    gnutls_session_t session = open_connection(address, HANDSHAKE_PORT, resume);
    if (resume && !stored.data) gnutls_session_get_data2(session, &stored);
    if (gnutls_record_recv(session, &byte, 1) > 0) fail("gnutls: the end was expected");
    close_connection(session);
}

double transfer(const char *address, int receive, double seconds)
{
    char bytes[CHUNK] = { receive ? 'r' : 's' };
    double start = now(), sum = 0;
    gnutls_session_t session = open_connection(address, BULK_PORT, 0);
    gnutls_record_send(session, bytes, 1);
    while (now() - start < seconds) {
        ssize_t n = receive ? gnutls_record_recv(session, bytes, sizeof bytes) : gnutls_record_send(session, bytes, sizeof bytes);
        if (n <= 0) fail("gnutls: transfer");
        sum += n;
    }
    close_connection(session);
    return sum;
}

int main(int count, char **arguments)
{
    if (count != 3) return 2;
    host = arguments[2];
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_trust_file(credentials, arguments[1], GNUTLS_X509_FMT_PEM) < 1
        || gnutls_priority_init(&priority, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-X25519", NULL) < 0)
        fail("gnutls: configuration");
    return take_commands();
}
