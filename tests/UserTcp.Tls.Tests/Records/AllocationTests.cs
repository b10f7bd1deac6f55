using UserTcp.Tls.Records;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Records;

/// <summary>A record costs what BouncyCastle allocates inside and nothing of ours.</summary>
public class AllocationTests
{
    /// <summary>BouncyCastle's GCM allocates 620 bytes per record on this version, whatever the record's size.</summary>
    private const int BytesPerRecord = 640;

    private const int Records = 200, Rounds = 2;

    [Theory]
    [InlineData(TlsCryptoProvider.Default, 1, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Default, 1000, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Default, 16384, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Platform, 1, 0)]
    [InlineData(TlsCryptoProvider.Platform, 16384, 0)]
    public void Writing_a_record_allocates_at_most_640_bytes_and_none_with_the_platforms_cipher(TlsCryptoProvider provider, int length, int limit)
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { Events = null, CryptoProvider = provider });
        byte[] data = new byte[length];
        for (int sent = 0; sent < RecordLimits.RampUp; sent += WriteOne(client.Engine, data)) { }      // until records are as long as can be

        Assert.InRange(PerRecord(_ => Assert.True(WriteOne(client.Engine, data) == data.Length)), 0, limit);
    }

    [Theory]
    [InlineData(TlsCryptoProvider.Default, 1, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Default, 1000, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Default, 16384, BytesPerRecord)]
    [InlineData(TlsCryptoProvider.Platform, 1, 0)]
    [InlineData(TlsCryptoProvider.Platform, 16384, 0)]
    public void Reading_a_record_allocates_at_most_640_bytes_and_none_with_the_platforms_cipher(TlsCryptoProvider provider, int length, int limit)
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { Events = null, CryptoProvider = provider });
        byte[][] records = [.. Enumerable.Range(0, Rounds * Records + 3).Select(_ => client.Server.Record(ContentType.ApplicationData, new byte[length]))];
        byte[] buffer = new byte[16384];
        foreach (byte[] record in records[..3]) ReadOne(client.Engine, record, buffer);

        Assert.InRange(PerRecord(i => ReadOne(client.Engine, records[3 + i], buffer)), 0, limit);
    }

    /// <summary>The least of two rounds: the runtime may replace code by faster code during one of them, which costs once.</summary>
    private static long PerRecord(Action<int> one)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Records; i++) one(round * Records + i);
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Records);
        }
        return least;
    }

    private static int WriteOne(TlsClientEngine engine, ReadOnlySpan<byte> data)
    {
        engine.Write(data, out int consumed);
        engine.OutputSent(engine.GetOutput().Length);
        return consumed;
    }

    private static void ReadOne(TlsClientEngine engine, ReadOnlySpan<byte> record, byte[] buffer)
    {
        TlsStatus status = TlsStatus.WantRead;
        while (!record.IsEmpty)
        {
            int count = Math.Min(record.Length, engine.InputBuffer.Length);
            record[..count].CopyTo(engine.InputBuffer.Span);
            engine.InputReceived(count);
            record = record[count..];
            status = engine.Read(buffer, out _);
        }
        Assert.True(status == TlsStatus.Complete);
    }
}
