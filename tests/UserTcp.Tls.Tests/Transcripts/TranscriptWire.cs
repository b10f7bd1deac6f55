using System.Buffers.Binary;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>What the client is connected to: a server that is recorded, or a recording.</summary>
internal interface ITranscriptWire
{
    /// <summary>The client's next bytes: whole records.</summary>
    void Send(ReadOnlySpan<byte> records);

    /// <summary>The server's next bytes; 0 when it says no more before the client does.</summary>
    int Receive(Span<byte> destination);
}

/// <summary>A connection to a real server. Keeps every record.</summary>
internal sealed class RecordingWire(Stream server) : ITranscriptWire
{
    private readonly List<byte> _partial = [];

    /// <summary>In the order in which the client sent and received them.</summary>
    internal List<(bool FromClient, byte[] Bytes)> Records { get; } = [];

    /// <summary>Whether the client's last record is an alert: close_notify, when all goes well.</summary>
    private bool SaidGoodbye => Records.FindLast(record => record.FromClient).Bytes is [(byte)ContentType.Alert, ..];

    public void Send(ReadOnlySpan<byte> records)
    {
        foreach (byte[] record in Split(records)) Records.Add((true, record));
        server.Write(records);
    }

    public int Receive(Span<byte> destination)
    {
        int count;
        try
        {
            count = server.Read(destination);
        }
        catch (IOException) when (SaidGoodbye)      // by then a server may break off, or wait for us: neither says anything more
        {
            count = 0;
        }
        _partial.AddRange(destination[..count]);
        foreach (byte[] record in Split(_partial.ToArray()))
        {
            Records.Add((false, record));
            _partial.RemoveRange(0, record.Length);
        }
        return count;
    }

    /// <summary>The complete records at the beginning.</summary>
    internal static List<byte[]> Split(ReadOnlySpan<byte> bytes)
    {
        var records = new List<byte[]>();
        while (bytes.Length >= RecordHeader.Size)
        {
            int length = RecordHeader.Size + BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (bytes.Length < length) break;
            records.Add(bytes[..length].ToArray());
            bytes = bytes[length..];
        }
        return records;
    }
}

/// <summary>A recording: says what the server said, and takes only what the client said.</summary>
/// <param name="records">What was recorded.</param>
/// <param name="name">Which recording, for the failure.</param>
/// <param name="chunk">The server's bytes come in pieces of at most that many.</param>
internal sealed class ReplayingWire(IReadOnlyList<TranscriptRecord> records, string name, int chunk) : ITranscriptWire
{
    private int _nextSent, _nextReceived;       // in the records; of the client's and of the server's
    private int _received;                      // bytes of the server's record at _nextReceived

    internal bool AtEnd => Next(_nextSent, fromClient: true) == records.Count && Next(_nextReceived, fromClient: false) == records.Count;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        foreach (byte[] record in RecordingWire.Split(bytes))
        {
            int next = Next(_nextSent, fromClient: true);
            string where = $"{name}, record {next + 1}";
            if (next == records.Count) TranscriptDifference.Fail(where, $"the client sent {record.Length} bytes that it did not send when this was recorded");
            if (!record.AsSpan().SequenceEqual(records[next].Bytes)) TranscriptDifference.Fail($"{where} ({records[next].Name})", TranscriptDifference.Describe(records[next], record));
            _nextSent = next + 1;
        }
    }

    public int Receive(Span<byte> destination)
    {
        int next = Next(_nextReceived, fromClient: false);
        // What the server said after the client's words waits for them. What it said before them need not be read first: they may have crossed.
        if (next == records.Count || next > Next(_nextSent, fromClient: true)) return 0;
        ReadOnlySpan<byte> left = records[next].Bytes.AsSpan(_received);
        int count = Math.Min(Math.Min(chunk, left.Length), destination.Length);
        left[..count].CopyTo(destination);
        _received += count;
        if (_received == records[next].Bytes.Length) (_nextReceived, _received) = (next + 1, 0);
        return count;
    }

    private int Next(int from, bool fromClient)
    {
        while (from < records.Count && records[from].FromClient != fromClient) from++;
        return from;
    }
}
