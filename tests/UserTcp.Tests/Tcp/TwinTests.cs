using UserTcp.Tcp;

namespace UserTcp.Tests.Tcp;

/// <summary>Two of our connections against each other over a bad wire: whatever it does, the bytes arrive equal and both ends come to an end.</summary>
public sealed class TwinTests
{
    private const int SeedsPerCase = 1000;

    [Theory]
    [InlineData(0.0, 0.0, 0.0)]
    [InlineData(0.02, 0.0, 0.0)]
    [InlineData(0.15, 0.1, 0.1)]
    [InlineData(0.0, 0.3, 0.5)]
    [InlineData(0.0, 0.0, 0.0, 1200)]
    [InlineData(0.05, 0.1, 0.1, 540)]
    public void Bytes_arrive_equal_and_both_ends_close(double loss, double duplicate, double reorder, int widest = int.MaxValue)
    {
        for (int seed = 0; seed < SeedsPerCase; seed++)
        {
            try
            {
                Run(seed, new Faults(loss, duplicate, reorder, widest));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new InvalidOperationException($"seed {seed}, loss {loss}, duplicate {duplicate}, reorder {reorder}, widest {widest}", e);
            }
        }
    }

    private static void Run(int seed, Faults faults)
    {
        var random = new Random(seed ^ 0x5bd1e995);
        var settings = new TcpSettings
        {
            SendBufferSize = 1 << random.Next(9, 18),
            ReceiveBufferSize = random.Next(600, 1 << random.Next(10, 20)),
            Timestamps = random.Next(2) == 0,
            WindowScaling = random.Next(2) == 0,
            SelectiveAcknowledgments = random.Next(4) != 0,
            NoDelay = random.Next(2) == 0,
            CongestionControl = random.Next(2) == 0 ? CongestionAlgorithm.Cubic : CongestionAlgorithm.Reno,
            SynRetries = 15,
            SynAckRetries = 15,
            UserTimeout = TimeSpan.FromHours(5),
        };
        var path = new PathProperties(random.Next(3) == 0 ? 600 : 1500, 20, random.Next(3) == 0 ? 20_000 : 0);
        var twin = new Twin(seed, faults, settings, path);
        var up = new Flow(random, random.Next(0, 60_000));
        var down = new Flow(random, random.Next(0, 60_000));
        for (int steps = 0; ; steps++)
        {
            Assert.True(steps < 100_000, $"no end in sight: client {twin.Client.State}, server {twin.Server?.State}, {up}, {down}");
            up.Write(twin.Client, twin.Now);
            down.Read(twin.Client, twin.Now);
            if (twin.Server is not null)
            {
                up.Read(twin.Server, twin.Now);
                down.Write(twin.Server, twin.Now);
            }
            if (!twin.Step()) break;
        }
        FailedOnlyTooLate(twin.Client, twin.Server!);
        FailedOnlyTooLate(twin.Server!, twin.Client);
        Assert.Equal(TcpState.Closed, twin.Client.State);
        Assert.Equal(TcpState.Closed, twin.Server!.State);
        Assert.True(up.Complete && down.Complete);
    }

    // When every acknowledgment of the last data is lost until the peer's TIME-WAIT is over, a RST answers the next try. No TCP can do better.
    private static void FailedOnlyTooLate(TcpConnection connection, TcpConnection peer)
    {
        if (connection.Failure is TcpFailure failure) Assert.True(failure.Reason == TcpFailureReason.Reset && !peer.Failed, failure.Message);
    }

    /// <summary>One direction: a stream that writes and reads in pieces of all sizes and checks what it reads.</summary>
    private sealed class Flow
    {
        private readonly Random _random;
        private readonly byte[] _data;
        private readonly byte[] _scratch = new byte[8192];
        private int _written;
        private int _read;
        private bool _closed;

        internal Flow(Random random, int length)
        {
            _random = random;
            _data = new byte[length];
            random.NextBytes(_data);
        }

        internal bool Complete { get; private set; }

        internal void Write(TcpConnection from, Instant now)
        {
            while (_written < _data.Length)
            {
                int taken = from.Send(_data.AsSpan(_written, Math.Min(_random.Next(1, 5000), _data.Length - _written)), now);
                if (taken == 0) return;
                _written += taken;
            }
            if (_closed || from.State is TcpState.SynSent) return;
            _closed = true;
            from.CloseWrite(now);
        }

        internal void Read(TcpConnection to, Instant now)
        {
            if (_random.Next(3) == 0 && !Complete && to.NextDeadline != Instant.Never) return; // a slow reader
            while (to.Receive(_scratch.AsSpan(0, _random.Next(1, _scratch.Length)), now) is int given and > 0)
            {
                Assert.True(_data.AsSpan(_read, given).SequenceEqual(_scratch.AsSpan(0, given)), $"bytes differ near {_read}");
                _read += given;
            }
            if (to.EndOfStream && !Complete)
            {
                Assert.Equal(_data.Length, _read);
                Complete = true;
            }
        }

        public override string ToString() => $"{_read} read of {_written} written of {_data.Length}";
    }
}
