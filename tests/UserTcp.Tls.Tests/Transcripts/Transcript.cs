using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>A record as it was on the wire.</summary>
/// <param name="FromClient">Who sent it.</param>
/// <param name="Name">What it carries, for the reader: "ServerHello, Certificate", "Finished, protected".</param>
/// <param name="Bytes">With its header.</param>
internal sealed record TranscriptRecord(bool FromClient, string Name, byte[] Bytes)
{
    internal const string Protected = "protected";

    internal bool IsProtected => Name.EndsWith(Protected, StringComparison.Ordinal);
}

/// <summary>One connection, and what came out of it.</summary>
/// <param name="Records">In the order in which the client sent and received them.</param>
/// <param name="Agreed">Suite, group, scheme and what else the two agreed on.</param>
/// <param name="Keys">The line for a key log: the master secret.</param>
/// <param name="Reply">What the server answered, decrypted.</param>
internal sealed record TranscriptConnection(IReadOnlyList<TranscriptRecord> Records, string Agreed, string Keys, string Reply);

/// <summary>Connections to a real server, with everything that is needed to make them again without it.</summary>
/// <param name="Server">The program and its version.</param>
/// <param name="Time">When it was recorded: certificates and sessions are judged at that time.</param>
/// <param name="Authority">The trust anchor, in DER.</param>
/// <param name="ClientCertificate">Who the client is, with the private key; null for nobody.</param>
/// <param name="Connections">The first a full handshake, the second a resumption.</param>
internal sealed record Transcript(
    string Server, DateTimeOffset Time, byte[] Authority, X509Certificate2? ClientCertificate, IReadOnlyList<TranscriptConnection> Connections)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>A line for each thing: its kind, and then what it is; of a record the name and then the bytes.</summary>
    internal string ToText()
    {
        var text = new StringBuilder("# Our handshakes with a real server, a record a line. A test has made this file and replays it: ../README.md.\n");
        Line("server", Server);
        Line("time", Time.ToString(TimeFormat, CultureInfo.InvariantCulture));
        Line("authority", Convert.ToHexStringLower(Authority));
        if (ClientCertificate is not null)
        {
            Line("identity", Convert.ToHexStringLower(ClientCertificate.RawData));
            Line("private", Convert.ToHexStringLower(ClientCertificates.ClientKeys.Key(ClientCertificate).ExportPkcs8PrivateKey()));
        }
        foreach (TranscriptConnection connection in Connections)
        {
            text.Append('\n');
            Line("agreed", connection.Agreed);
            Line("keys", connection.Keys);
            foreach (TranscriptRecord record in connection.Records)
                Line(record.FromClient ? "client" : "server", $"{record.Name,-32}  {Convert.ToHexStringLower(record.Bytes)}");
            Line("reply", JsonSerializer.Serialize(connection.Reply));
        }
        return text.ToString();

        void Line(string kind, string value) => text.Append(CultureInfo.InvariantCulture, $"{kind,-9} {value}\n");
    }

    /// <summary>Reads what <see cref="ToText"/> has written.</summary>
    internal static Transcript Parse(string text)
    {
        string[] blocks = text.Split("\n\n");
        Dictionary<string, string> head = Lines(blocks[0]).ToDictionary(line => line.Kind, line => line.Value);
        X509Certificate2? identity = null;
        if (head.TryGetValue("identity", out string? der))
            identity = WithKey(X509CertificateLoader.LoadCertificate(Convert.FromHexString(der)), Convert.FromHexString(head["private"]));
        DateTimeOffset time = DateTimeOffset.ParseExact(head["time"], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new Transcript(head["server"], time, Convert.FromHexString(head["authority"]), identity, [.. blocks[1..].Select(ParseConnection)]);
    }

    private static TranscriptConnection ParseConnection(string block)
    {
        (string Kind, string Value)[] lines = [.. Lines(block)];
        return new TranscriptConnection(
            [.. lines.Where(line => line.Kind is "client" or "server").Select(line => ParseRecord(line.Kind == "client", line.Value))],
            Value("agreed"), Value("keys"), JsonSerializer.Deserialize<string>(Value("reply"))!);

        string Value(string kind) => lines.Single(line => line.Kind == kind).Value;
    }

    private static TranscriptRecord ParseRecord(bool fromClient, string line)
    {
        int bytes = line.LastIndexOf(' ') + 1;
        return new TranscriptRecord(fromClient, line[..bytes].TrimEnd(), Convert.FromHexString(line[bytes..]));
    }

    private static IEnumerable<(string Kind, string Value)> Lines(string block)
        => from line in block.Split('\n')
           where line.Length > 0 && line[0] != '#'
           let space = line.IndexOf(' ', StringComparison.Ordinal)
           select (line[..space], line[space..].Trim());

    private static X509Certificate2 WithKey(X509Certificate2 certificate, byte[] pkcs8)
    {
        using (certificate)
        {
            if (certificate.PublicKey.GetRSAPublicKey() is not null)
            {
                var rsa = System.Security.Cryptography.RSA.Create();
                rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                return certificate.CopyWithPrivateKey(rsa);
            }
            var ecdsa = System.Security.Cryptography.ECDsa.Create();
            ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return certificate.CopyWithPrivateKey(ecdsa);
        }
    }
}
