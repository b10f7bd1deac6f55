using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>Nonsense from the network and from the user: nothing may throw, send for ever, or keep a closed connection's timer.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Random_segments_and_calls_never_break_a_connection()
    {
        HashSet<TcpState> seen = [];
        for (int seed = 0; seed < 3000; seed++)
        {
            try
            {
                Run(new Random(seed), seen);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}", e);
            }
        }
        Assert.Equal(10, seen.Count); // every state but LISTEN, which is no connection's
    }

    private static void Run(Random random, HashSet<TcpState> seen)
    {
        var settings = new TcpSettings
        {
            SendBufferSize = random.Next(1, 20_000),
            ReceiveBufferSize = random.Next(1, 200_000),
            Timestamps = random.Next(2) == 0,
            WindowScaling = random.Next(2) == 0,
        };
        var path = new PathProperties(random.Next(68, 9000), 20, random.Next(2) * 60_000);
        var now = new Instant(TimeSpan.TicksPerDay);
        SeqNum iss = new((uint)random.NextInt64(1L << 32)), peer = new((uint)random.NextInt64(1L << 32));
        byte[] data = new byte[9000];
        var syn = new TcpSegment(new(443, 40000, peer, default, TcpFlags.Syn, (ushort)random.Next(65536)), Options(), default);
        TcpConnection connection = random.Next(2) == 0
            ? TcpConnection.Connect(Twin.ClientTuple, settings, path, iss, 0, null, now)
            : TcpConnection.Accept(Twin.ClientTuple, syn, settings, path, iss, 0, null, now);
        SeqNum ourNext = iss, ourAck = peer + 1;
        for (int step = 0; step < 60; step++)
        {
            seen.Add(connection.State);
            switch (random.Next(14))
            {
                case 0:
                    connection.Send(data.AsSpan(0, random.Next(data.Length)), now);
                    break;
                case 1:
                    connection.Receive(data.AsSpan(0, random.Next(data.Length)), now);
                    break;
                case 2 when random.Next(4) == 0:
                    connection.CloseWrite(now);
                    break;
                case 3 when random.Next(10) == 0:
                    connection.Close(now);
                    break;
                case 4 when random.Next(20) == 0:
                    connection.Abort(now, "fuzz");
                    break;
                case 5 when random.Next(10) == 0:
                    connection.IcmpError(random.Next(2) == 0, "fuzz", now);
                    break;
                case 6:
                    now += TimeSpan.FromMilliseconds(random.Next(5000));
                    connection.Advance(now);
                    break;
                default:
                    connection.SegmentArrives(Segment(), now);
                    break;
            }
            int sent = 0;
            while (connection.TryTransmit(now, out OutgoingSegment outgoing))
            {
                Assert.True(++sent < 1000);
                if ((outgoing.Header.Flags & TcpFlags.Rst) == 0) (ourNext, ourAck) = (outgoing.Header.Seq + outgoing.Payload.Length, outgoing.Header.Ack);
            }
            if (connection.State == TcpState.Closed) Assert.Equal(Instant.Never, connection.NextDeadline);
            Assert.True(connection.Info.BytesInFlight >= 0 && connection.AvailableToRead <= settings.ReceiveBufferSize);
        }

        TcpSegment Segment()
        {
            TcpFlags flags = random.Next(4) switch
            {
                0 => (TcpFlags)random.Next(256),
                1 => TcpFlags.Ack | TcpFlags.Fin,
                2 when connection.State == TcpState.SynSent => TcpFlags.Syn | (random.Next(2) == 0 ? TcpFlags.Ack : 0),
                _ => TcpFlags.Ack,
            };
            SeqNum seq = ourAck + Near(100_000), ack = ourNext + (random.Next(3) == 0 ? Near(30_000) : random.Next(3) - 1);
            return new(new(443, 40000, seq, ack, flags, (ushort)random.Next(65536), (ushort)random.Next(65536)), Options(), data.AsSpan(0, random.Next(2) * random.Next(3000)));
        }

        int Near(int range) => random.Next(3) == 0 ? random.Next(-range, range) : random.Next(2) == 0 ? 0 : random.Next(-2, 3);

        TcpOptions Options() => new()
        {
            Timestamps = random.Next(4) == 0 ? null : new((uint)random.Next(1000), (uint)random.Next()),
            WindowScale = random.Next(2) == 0 ? (byte)random.Next(256) : null,
            MaximumSegmentSize = random.Next(2) == 0 ? (ushort)random.Next(65536) : null,
        };
    }
}
