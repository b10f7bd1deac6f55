using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Tcp;
using UserTcp.Testing;
using UserTcp.Wire;

namespace UserTcp.Interop.Tests;

/// <summary>An attacker who knows the endpoints of a live connection, and where its window lies, but not its timestamps.</summary>
public sealed class BlindAttackTests(ITestOutputHelper output)
{
    private const int Port = 7, Guesses = 10_000, GuessesAtOnce = 20;

    // attacker                                 our listener                     kernel
    //   RST, SYN, data in the window    -->
    //   ICMP errors                     -->    echoes                  <-->     one long transfer
    [Fact]
    public async Task Guessed_resets_SYNs_data_and_ICMP_errors_neither_end_nor_change_a_transfer()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        lab.Namespace.Ip($"link set dev {TapLab.Tap} txqueuelen 10000");
        await using StackOnTap ours = new(lab, offload: false);
        await using TcpListener listener = ours.Stack.Listen(Port);
        using PacketSocket wire = lab.Namespace.Run(() => new PacketSocket(TapLab.Tap));
        using Socket client = lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(new IPEndPoint(TapLab.Ours, Port), cancellation);
        await using TcpStream stream = await listener.AcceptAsync(cancellation);
        Task echoing = Echo(stream, cancellation);

        using var end = new CancellationTokenSource();
        Task<(long, byte[])> sending = HashedTransfer.Send(client, end.Token, cancellation);
        Task<(long, byte[])> receiving = HashedTransfer.Receive(client, cancellation);
        await Task.Factory.StartNew(() => Attack(lab, stream, wire), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await end.CancelAsync();
        (long bytesSent, byte[] hashSent) = await sending;
        (long bytesReceived, byte[] hashReceived) = await receiving;
        await echoing;

        StackCounters counters = ours.Stack.Counters;
        output.WriteLine($"{bytesReceived >> 20} MiB echoed; {stream.Info}; {counters}");
        Assert.Equal((bytesSent, bytesSent), (bytesReceived, stream.Info.BytesReceived));
        Assert.Equal(hashSent, hashReceived);
        Assert.Equal(0, counters.EstablishedResets);
        Assert.InRange(stream.Info.MinimumRtt, TimeSpan.Zero, stream.Info.SmoothedRtt); // no stamp of theirs was measured
        // They did arrive: of each kind most must have found its own refusal.
        const int Most = Guesses * 9 / 10;
        Assert.InRange(counters.ResetsReceived, 2 * Most, 2 * Guesses);
        Assert.True(counters.TimestampMissing >= Most, $"{counters}");
        Assert.True(counters.PawsRejected >= Most, $"{counters}");
        Assert.True(counters.ChallengeAcks + counters.AcksSkipped >= Most, $"{counters}");
        Assert.True(counters.IcmpIgnored >= Most, $"{counters}");
    }

    // Every kind of guess in turn, spread over what the window is at that moment.
    private static void Attack(TapLab lab, TcpStream stream, PacketSocket wire)
    {
        (TcpHeader synAck, TcpTimestamps stamps) = OurSynAck(wire);
        IpAddress kernel = IpAddress.From(TapLab.Kernel);
        Forger forger = new(lab);
        var random = new Random(5961);
        byte[] junk = new byte[100];
        for (int guess = 0; guess < Guesses; guess++)
        {
            TcpInfo info = stream.Info;
            // The kernel's segments have even lengths, so RCV.NXT, the one number at which a reset must be obeyed, is at an even distance from the first.
            SeqNum seq = synAck.Ack + unchecked((int)info.BytesReceived) + (1 + 2 * (int)((long)guess * (info.ReceiveWindow / 2 - 1) / Guesses));
            SeqNum ack = synAck.Seq + 1 + unchecked((int)info.BytesAcknowledged); // no secret to this attacker
            TcpHeader header = new(synAck.DestinationPort, Port, seq, ack, TcpFlags.Ack, 1000, 0);
            TcpOptions stale = new() { Timestamps = new(stamps.EchoReply - 1 - (uint)guess, stamps.Value) };
            foreach (TcpOptions options in (TcpOptions[])[default, stale])
            {
                wire.Send(forger.Segment(kernel, header with { Flags = TcpFlags.Rst }, options, default));
                wire.Send(forger.Segment(kernel, header with { Flags = TcpFlags.Syn }, options, default));
                wire.Send(forger.Segment(kernel, header with { Flags = TcpFlags.Ack | TcpFlags.Psh }, options, junk));
            }
            IcmpMessage error = random.Next(3) switch
            {
                0 => new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port, 0),
                1 => new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.FragmentationNeeded, 600),
                _ => new(IcmpType.TimeExceeded, 0, 0),
            };
            SeqNum quoted = new((uint)random.NextInt64(1L << 32));
            wire.Send(forger.Error(kernel, error, kernel, new(Port, synAck.DestinationPort, quoted, synAck.Ack, TcpFlags.Ack, 1000, 0)));
            if (guess % GuessesAtOnce == 0) Thread.Sleep(1); // else the queue of the TAP would drop most of them
        }
    }

    private static (TcpHeader Header, TcpTimestamps Timestamps) OurSynAck(PacketSocket wire)
    {
        while (wire.Receive(TimeSpan.FromSeconds(1)) is byte[] frame)
        {
            if (EthernetHeader.TryParse(frame, out EthernetHeader ethernet, out ReadOnlySpan<byte> packet) != ParseError.None || ethernet.Type != EtherType.Ipv4
                || Ipv4Header.TryParse(packet, out _, out _, out ReadOnlySpan<byte> segment) != ParseError.None
                || TcpHeader.TryParse(segment, out TcpHeader header, out ReadOnlySpan<byte> optionBytes, out _) != ParseError.None
                || TcpOptions.TryParse(optionBytes, out TcpOptions options) != ParseError.None
                || header.Flags != (TcpFlags.Syn | TcpFlags.Ack)) continue;
            return (header, options.Timestamps!.Value);
        }
        throw new InvalidOperationException("No SYN-ACK was seen.");
    }

    private static async Task Echo(TcpStream stream, CancellationToken cancellation)
    {
        await stream.CopyToAsync(stream, cancellation);
        await stream.CloseWriteAsync(cancellation);
    }
}
