import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Java's JSSE: Echo PORT STORE.p12 CA.pem|- sends back what it gets. With CA.pem clients must show a certificate of that authority. */
public final class Echo {
    public static void main(String[] arguments) throws Exception {
        char[] password = "hello".toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(KeyStore.getInstance(Path.of(arguments[1]).toFile(), password), password);
        boolean asks = !arguments[2].equals("-");
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        if (asks) {
            KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
            authorities.load(null, null);
            try (InputStream pem = Files.newInputStream(Path.of(arguments[2]))) {
                authorities.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            }
            trust.init(authorities);
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), asks ? trust.getTrustManagers() : null, null);
        var listener = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(Integer.parseInt(arguments[0]), 0, InetAddress.getLoopbackAddress());
        listener.setNeedClientAuth(asks);
        while (true) {
            try (var connection = (SSLSocket) listener.accept()) {
                connection.getInputStream().transferTo(connection.getOutputStream());
            } catch (IOException e) {
                // The client is what is recorded: it may end as it likes.
            }
        }
    }
}
