using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains the two hellos: what was offered and what was chosen (RFC 5246 7.4.1).</summary>
internal static class HelloLesson
{
    internal static IReadOnlyList<Fact> Of(ClientHello hello)
    {
        var facts = new List<Fact>
        {
            new("version", $"{Version(hello.Version)}, the highest that we speak"),
            new("random", TlsWords.Hex(hello.Random.Span)),
            SessionId(hello.SessionId.Span),
        };
        AddList(facts, "cipher suites", [.. hello.CipherSuites.Select(suite => suite.Name())]);
        facts.Add(new("compression", string.Join(", ", hello.CompressionMethods.ToArray().Select(Compression))));
        AddExtensions(facts, "extensions offered", hello.Extensions);
        return facts;
    }

    internal static IReadOnlyList<Fact> Of(ServerHello hello, ClientHello? offer, DowngradeSentinelSeen? sentinel)
    {
        var facts = new List<Fact>
        {
            new("version", $"{Version(hello.Version)}, chosen"),
            new("random", TlsWords.Hex(hello.Random.Span)),
        };
        if (sentinel is not null)
        {
            facts.Add(new("",
                $"its last 8 bytes read \"DOWNGRD\": the server could speak {sentinel.BestVersion.Name()} and saw that we offer less. Normal here: we speak TLS 1.2 only "
                + "(RFC 8446 4.1.3)"));
        }
        facts.Add(SessionId(hello.SessionId.Span));
        int place = offer is null ? -1 : offer.CipherSuites.ToList().IndexOf(hello.CipherSuite);
        facts.Add(new("cipher suite", place < 0 ? $"{hello.CipherSuite.Name()}" : $"{hello.CipherSuite.Name()}, no. {place + 1} of the {offer!.CipherSuites.Count} offered"));
        facts.Add(new("compression", Compression(hello.CompressionMethod)));
        AddExtensions(facts, "extensions chosen", hello.Extensions);
        if (offer is null) return facts;
        string[] left = [.. offer.Extensions.Where(o => hello.Extensions.All(chosen => chosen.Type != o.Type)).Select(o => o.Type.Name())];
        if (left.Length > 0) facts.Add(new("not answered", string.Join(", ", left)));
        return facts;
    }

    private static void AddExtensions(List<Fact> facts, string name, IReadOnlyList<TlsExtension> extensions)
        => AddList(facts, name, [.. extensions.Select(extension => $"{extension.Type.Name()}: {extension.Describe()}")]);

    private static void AddList(List<Fact> facts, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0) facts.Add(new(name, "none"));
        for (int i = 0; i < values.Count; i++) facts.Add(new(i == 0 ? name : "", values[i]));
    }

    private static Fact SessionId(ReadOnlySpan<byte> id) => new("session id", id.IsEmpty ? "empty: no session to resume" : TlsWords.Hex(id));

    private static string Version(TlsVersion version) => $"{version.Name()} (0x{(ushort)version:x4})";

    private static string Compression(byte method) => method == 0 ? "null (0): none" : $"0x{method:x2}";
}
