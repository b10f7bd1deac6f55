using UserTcp.Tls.Records;
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
        for (int sent = 0; sent < RecordLimits.RampUp; sent += WriteOne(client.Engine, data)) { }      // until records are as long as can be

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Records; i++) Assert.True(WriteOne(client.Engine, data) == data.Length);
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
