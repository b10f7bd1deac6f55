using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>One connection of our client to a server of whom nothing is known: its bytes are the input.</summary>
internal sealed class ConnectionRun(TlsClientOptions options, ITlsCrypto crypto) : ITlsEventSink
{
    private const int MostReads = 100_000;

    private readonly byte[] _data = new byte[1000];

    /// <summary>When it is made.</summary>
    internal static DateTimeOffset Now => TestCertificate.Now;

    /// <summary>Not random at all, so that a server's recorded answers fit.</summary>
    internal static void FixedRandom(Span<byte> bytes) => bytes.Fill(0x5a);

    /// <summary>Looks at everything that a listener can look at.</summary>
    public void Raise(TlsEvent e)
    {
        _ = e.ToString();
        if (e is HandshakeMessagePassed { Message: ServerHello hello }) _ = string.Concat(hello.Extensions.Select(extension => extension.Describe()));
    }

    /// <summary>Makes the connection, reads what comes, writes a little, and closes.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="InvalidOperationException">Something that must hold does not.</exception>
    internal string Take(ReadOnlySpan<byte> bytes, int bytesAtOnce)
    {
        using var engine = new TlsClientEngine(options with { Events = this }, FixedRandom, crypto: crypto);
        try
        {
            Pump(engine);
            while (!bytes.IsEmpty)
            {
                int count = Math.Min(Math.Min(bytes.Length, bytesAtOnce), engine.InputBuffer.Length);
                if (count == 0) throw new InvalidOperationException("the engine wants to read and has no room");
                bytes[..count].CopyTo(engine.InputBuffer.Span);
                engine.InputReceived(count);
                bytes = bytes[count..];
                if (Pump(engine)) return "closed";
            }
            if (engine.Session is not null) engine.Shutdown();
            engine.InputEnded();
            return Pump(engine) ? "closed" : throw new InvalidOperationException("the end of the stream was not noticed");
        }
        catch (TlsException e)
        {
            if (e.Error == TlsError.InternalError) throw new InvalidOperationException("an exception that is not ours", e);
            if (Alerted(engine) != (e.SentAlert is not null)) throw new InvalidOperationException($"the alert for {e.Error} is missing, or there is one", e);
            if (e.Message.Any(c => char.IsControl(c) && c != '\n')) throw new InvalidOperationException("a message with control characters", e);
            return e.Error.ToString();
        }
    }

    /// <summary>True when the server has closed.</summary>
    private bool Pump(TlsClientEngine engine)
    {
        TlsStatus status;
        while ((status = engine.Handshake(Now)) == TlsStatus.WantWrite) engine.OutputSent(engine.GetOutput().Length);
        if (status != TlsStatus.Complete) return false;
        for (int reads = 0; (status = engine.Read(_data, out int count)) == TlsStatus.Complete; reads++)
        {
            if (count == 0 || reads > MostReads) throw new InvalidOperationException("reading never ends");
        }
        return status == TlsStatus.Closed;
    }

    /// <summary>Whether a fatal alert is the last thing that the server will see of us; it may be encrypted, behind a flight.</summary>
    private static bool Alerted(TlsClientEngine engine)
    {
        bool alerted = false;
        for (ReadOnlySpan<byte> output = engine.GetOutput().Span; RecordHeader.TryParse(output, out RecordHeader header); output = output[(RecordHeader.Size + header.Length)..])
            alerted = header.Type == ContentType.Alert;
        return alerted;
    }
}
