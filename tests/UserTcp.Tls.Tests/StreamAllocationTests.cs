using System.Net;
using System.Net.Sockets;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests;

/// <summary>Tests that count the allocations of the whole process run alone.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public class AloneCollection;

/// <summary>The stream allocates nothing of its own per read and write, also when it has to wait for the network.</summary>
[Collection(nameof(AloneCollection))]
public class StreamAllocationTests
{
    private const int Records = 300;
    private const int RecordLength = 1000;
    private const int Rounds = 3; // the best counts: the runtime's own threads allocate too, more on a busy machine

    /// <summary>BouncyCastle's 620 bytes per record, for one record read and one written.</summary>
    private const int BytesPerRoundTrip = 2 * 640 + 100;

    // client                       server (raw socket, records sealed beforehand)
    // one record of 1000 bytes  -->
    //                          <-- one record of 1000 bytes
    // … 300 times, four times over: the client always waits for the answer
    [Fact]
    public async Task A_round_trip_over_a_socket_allocates_only_what_BouncyCastle_does()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(listener.LocalEndPoint!, cancel);
        using Socket accepted = await listener.AcceptAsync(cancel);
        accepted.NoDelay = true;
        var serving = new Thread(() => Serve(accepted));
        serving.Start();

        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore };
        await using (TlsClientStream tls = await TlsClientStream.ConnectAsync(new NetworkStream(socket, ownsSocket: true), options, cancel))
        {
            byte[] data = new byte[RecordLength];
            for (int i = 0; i < Records; i++) await RoundTrip(tls, data, cancel);       // warm: pools filled, code compiled
            long least = long.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int i = 0; i < Records; i++) await RoundTrip(tls, data, cancel);
                least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Records);
            }
            Assert.InRange(least, 0, BytesPerRoundTrip);
        }
        serving.Join();
    }

    private static async ValueTask RoundTrip(TlsClientStream tls, byte[] data, CancellationToken cancel)
    {
        await tls.WriteAsync(data, cancel);
        for (int got = 0; got < RecordLength;) got += await tls.ReadAsync(data.AsMemory(got), cancel);
    }

    private static void Serve(Socket socket)
    {
        var server = new ScriptedServer();
        byte[] buffer = new byte[20000];
        server.Receive(buffer.AsSpan(0, socket.Receive(buffer)));
        socket.Send(server.Flight());
        server.Receive(buffer.AsSpan(0, socket.Receive(buffer)));
        socket.Send(server.LastFlight());
        byte[][] answers = [.. Enumerable.Range(0, (1 + Rounds) * Records).Select(_ => server.Record(ContentType.ApplicationData, new byte[RecordLength]))];
        foreach (byte[] answer in answers)
        {
            int wanted = RecordHeader.Size + RecordLength + 24;
            while (wanted > 0) wanted -= socket.Receive(buffer, 0, wanted, SocketFlags.None);
            socket.Send(answer);
        }
    }
}
