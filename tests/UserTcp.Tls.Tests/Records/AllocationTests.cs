using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Records;

/// <summary>A record costs what BouncyCastle allocates inside and nothing of ours.</summary>
public class AllocationTests
{
    /// <summary>BouncyCastle's GCM allocates 620 bytes per record on this version, whatever the record's size.</summary>
    private const int BytesPerRecord = 640;

    private const int Records = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(16384)]
    public void Writing_a_record_allocates_at_most_640_bytes(int length)
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { Events = null });
        byte[] data = new byte[length];
        for (int i = 0; i < 3; i++) WriteOne(client.Engine, data);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Records; i++) WriteOne(client.Engine, data);
        long perRecord = (GC.GetAllocatedBytesForCurrentThread() - before) / Records;
        Assert.InRange(perRecord, 0, BytesPerRecord);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(16384)]
    public void Reading_a_record_allocates_at_most_640_bytes(int length)
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { Events = null });
        byte[][] records = [.. Enumerable.Range(0, Records + 3).Select(_ => client.Server.Record(ContentType.ApplicationData, new byte[length]))];
        byte[] buffer = new byte[16384];
        foreach (byte[] record in records[..3]) ReadOne(client.Engine, record, buffer);

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[] record in records.AsSpan(3)) ReadOne(client.Engine, record, buffer);
        long perRecord = (GC.GetAllocatedBytesForCurrentThread() - before) / Records;
        Assert.InRange(perRecord, 0, BytesPerRecord);
    }

    private static void WriteOne(TlsClientEngine engine, ReadOnlySpan<byte> data)
    {
        engine.Write(data, out int consumed);
        Assert.True(consumed == data.Length);
        engine.OutputSent(engine.GetOutput().Length);
    }

    private static void ReadOne(TlsClientEngine engine, ReadOnlySpan<byte> record, byte[] buffer)
    {
        record.CopyTo(engine.InputBuffer.Span);
        engine.InputReceived(record.Length);
        Assert.True(engine.Read(buffer, out _) == TlsStatus.Complete);
    }
}
