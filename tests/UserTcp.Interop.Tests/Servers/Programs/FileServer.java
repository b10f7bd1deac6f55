import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Java's JSSE under its own HTTP server: FileServer HOST PORT STORE.p12 PASSWORD FOLDER UPLOADS. */
public final class FileServer {
    private final Path folder;
    private final Path uploads;
    private final Set<Long> sessions = new HashSet<>();

    private FileServer(Path folder, Path uploads) {
        this.folder = folder;
        this.uploads = uploads;
    }

    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[3].toCharArray();
        KeyStore store = KeyStore.getInstance(Path.of(arguments[2]).toFile(), password);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", new FileServer(Path.of(arguments[4]), Path.of(arguments[5]))::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        tellSession((HttpsExchange) exchange);
        Path name = Path.of(exchange.getRequestURI().getPath()).getFileName();
        if (exchange.getRequestMethod().equals("PUT")) {
            try (InputStream body = exchange.getRequestBody()) {
                Files.copy(body, uploads.resolve(name));
            }
            exchange.sendResponseHeaders(201, -1);
        } else {
            Path file = folder.resolve(name);
            exchange.sendResponseHeaders(200, Files.size(file));
            try (OutputStream body = exchange.getResponseBody()) {
                Files.copy(file, body);
            }
        }
        exchange.close();
    }

    /** JSSE does not say that a session was resumed; but a session that was made at the same instant as an earlier one is that one. */
    private synchronized void tellSession(HttpsExchange exchange) {
        System.out.println("resumed " + !sessions.add(exchange.getSSLSession().getCreationTime()));
    }
}
