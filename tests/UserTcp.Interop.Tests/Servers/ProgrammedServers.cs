using System.Security.Cryptography.X509Certificates;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Servers;

/// <summary>Servers in other languages whose TLS is a library: small programs of ours around them, in Programs/, compiled once per run.</summary>
internal static class ProgrammedServers
{
    private const string Password = "interop";

    private static readonly string Sources = Path.Combine(Repository.Root, "tests", "UserTcp.Interop.Tests", "Servers", "Programs");
    private static readonly string Binaries = Path.Combine(AppContext.BaseDirectory, "programs");

    private static readonly Lazy<string> GoProgram = new(() =>
    {
        string program = Path.Combine(Binaries, "fileserver");
        Tool.Run("env", [$"GOCACHE={Path.Combine(Binaries, "go-cache")}", "GOPROXY=off", "go", "build", "-o", program, Path.Combine(Sources, "fileserver.go")]);
        return program;
    });

    private static readonly Lazy<string> JavaClasses = new(() =>
    {
        Tool.Run("javac", ["-d", Binaries, Path.Combine(Sources, "FileServer.java")]);
        return Binaries;
    });

    /// <summary>Starts Go's crypto/tls under net/http. It knows no session IDs: without tickets it resumes nothing.</summary>
    public static async Task<ChildProcess> StartGo(this TapLab lab, ServerCertificate certificate, string folder, bool tickets)
    {
        Tool.Require("go");
        ChildProcess child = lab.Start(lab.Namespace, "env", GoProgram.Value, $"{TapLab.Kernel}:{TlsServers.Port}",
            lab.WriteFile("pem", certificate.ChainPem), lab.WriteFile("key", certificate.KeyPem), tickets ? "true" : "false", folder, lab.Uploads);
        await child.WaitForPort(TlsServers.Port);
        return child;
    }

    /// <summary>Starts Java's JSSE under its own HTTP server.</summary>
    public static async Task<ChildProcess> StartJava(this TapLab lab, ServerCertificate certificate, string folder, bool tickets)
    {
        Tool.Require("javac");
        string store = lab.WriteFile("p12", "");
        await File.WriteAllBytesAsync(store, certificate.Collection.Export(X509ContentType.Pkcs12, Password)!);
        ChildProcess child = lab.Start(lab.Namespace, "java", "-XX:TieredStopAtLevel=1", $"-Djdk.tls.server.enableSessionTicketExtension={(tickets ? "true" : "false")}",
            "-cp", JavaClasses.Value, "FileServer", $"{TapLab.Kernel}", $"{TlsServers.Port}", store, Password, folder, lab.Uploads);
        await child.WaitForPort(TlsServers.Port);
        return child;
    }
}
