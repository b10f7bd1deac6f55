using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>Somebody off the path who knows the endpoints and guesses the numbers (RFC 5961), with and without timestamps to guess.</summary>
public sealed class BlindAttackTests
{
    private const int Guesses = 10_000;

    // The peer's clock stands at 500, ours at 10,000. Our first byte has number 101, the peer's 1001; the window is just below 1 MiB.
    private static Dialogue Open(bool timestamps)
    {
        var d = new Dialogue(new TcpSettings { Timestamps = timestamps });
        d.Connect();
        d.Expect(Syn(100));
        d.Inject(SynAck(1000, 101, window: 65535, mss: 1460, scale: 7, ts: timestamps ? (500, 10_000) : null));
        d.Expect(Ack(101, 1001));
        return d;
    }

    /// <summary>What the guesses of a timestamp may look like.</summary>
    public enum Stamp
    {
        /// <summary>The connection has not agreed on any.</summary>
        NotAgreed,

        /// <summary>Agreed on, and absent.</summary>
        Absent,

        /// <summary>Agreed on, and of the past.</summary>
        Stale,
    }

    private static (uint, uint)? Of(Stamp stamp) => stamp == Stamp.Stale ? (499, 10_000) : null;

    [Theory, Rfc("5961", "3.2")]
    [InlineData(Stamp.NotAgreed)]
    [InlineData(Stamp.Absent)]
    [InlineData(Stamp.Stale)]
    public void Guessed_RSTs_never_kill(Stamp stamp) => Survives(
        stamp,
        (d, seq) => d.Inject(Rst(seq) with { Timestamps = Of(stamp) }, skipSent: true),
        (d, seq) => d.Inject(RstAck(seq, 101) with { Timestamps = Of(stamp) }, skipSent: true));

    [Theory, Rfc("5961", "4.2")]
    [InlineData(Stamp.NotAgreed)]
    [InlineData(Stamp.Absent)]
    [InlineData(Stamp.Stale)]
    public void Guessed_SYNs_never_kill(Stamp stamp) => Survives(
        stamp,
        (d, seq) => d.Inject(Syn(seq, mss: 536, scale: 0) with { Timestamps = Of(stamp) }, skipSent: true),
        (d, seq) => d.Inject(SynAck(seq, 101, mss: 536, scale: 0) with { Timestamps = Of(stamp) }, skipSent: true));

    // Data needs an acknowledgment in a range of a few windows too; where timestamps are agreed on, not even a right one helps.
    [Theory, Rfc("5961", "5.2")]
    [InlineData(Stamp.NotAgreed)]
    [InlineData(Stamp.Absent)]
    [InlineData(Stamp.Stale)]
    public void Guessed_data_is_never_taken(Stamp stamp) => Survives(
        stamp,
        (d, seq) => d.Inject(
            Ack(seq, stamp == Stamp.NotAgreed ? (seq * 2654435761) | 0x80000000 : 101, ts: Of(stamp)) with { Payload = new byte[100] }, skipSent: true),
        (d, seq) => d.Inject(
            new WireSegment { Seq = seq, Flags = WireSegment.Psh, Payload = new byte[100], Timestamps = Of(stamp) }, skipSent: true));

    [Fact, Rfc("7323", "3.2", "drop-without")]
    public void With_timestamps_agreed_data_without_is_not_taken_even_when_all_numbers_are_right()
    {
        using Dialogue d = Open(timestamps: true);
        d.Inject(Data(1001, 101, 100) with { Payload = new byte[100] });
        d.Inject(Fin(1001, 101));
        Assert.Equal(2, d.Counters.TimestampMissing);
        d.Inject(Data(1001, 101, 100, ts: (499, 10_000)) with { Payload = new byte[100] });
        d.Expect(Ack(101, 1001));
        Assert.Equal(1, d.Counters.PawsRejected);
        Works(d, timestamps: true);
    }

    // ESTABLISHED                <--  R seq=1002, 1003, ...
    //              . seq=101 -->      one challenge ACK in half a second
    [Fact, Rfc("5961", "7")]
    public void Challenge_ACKs_are_limited_for_each_connection()
    {
        using Dialogue d = Open(timestamps: false);
        d.Inject(Rst(1002));
        d.Expect(Ack(101, 1001));
        for (int i = 0; i < 999; i++)
        {
            d.After(0.5);
            d.Inject(i % 3 == 0 ? Rst(1002) : i % 3 == 1 ? Syn(1500) : Ack(1001, 90_000));
        }
        Assert.Equal((1, 999), (d.Counters.ChallengeAcks, d.Counters.AcksSkipped));
        d.After(0.5);
        d.Inject(Rst(1002));
        d.Expect(Ack(101, 1001));
        Assert.Equal(2, d.Counters.ChallengeAcks);
        Assert.Equal(SegmentNote.ChallengeAck, d.Sent[^1].Note);
    }

    // Two stacks that disagree about their numbers answer each other's ACKs, which are not acceptable either.
    [Fact, Rfc("5961", "7")]
    public void Acknowledgments_outside_the_window_make_no_storm()
    {
        using Dialogue d = Open(timestamps: true);
        int answers = 0;
        for (int ms = 0; ms < 2000; ms++)
        {
            d.After(1);
            int before = d.Sent.Count;
            d.Inject(ms % 2 == 0 ? Ack(900, 101, ts: (600, 10_000)) : Ack(1001, 101, ts: (400, 10_000)), skipSent: true);
            answers += d.Sent.Count - before;
        }
        Assert.Equal(4, answers);
    }

    [Fact, Rfc("2883", "4"), Rfc("9293", "3.10.7.4")]
    public void Data_outside_the_window_is_answered_each_time()
    {
        using Dialogue d = Open(timestamps: false);
        d.Inject(Push(1001, 101, 100));
        d.Expect(Ack(101, 1101));
        for (int i = 0; i < 3; i++)
        {
            d.Inject(Push(1001, 101, 100)); // our acknowledgment was lost
            d.Expect(Ack(101, 1101));
        }
    }

    [Fact, Rfc("9293", "3.10.7.4")]
    public void A_flood_of_one_SYN_gets_one_SYN_ACK_in_half_a_second()
    {
        using var d = Dialogue.In(TcpState.SynReceived);
        d.Inject(Syn(mss: 1460));
        d.Expect(SynAck(100, 1001));
        for (int i = 0; i < 100; i++) d.Inject(Syn(mss: 1460));
        d.After(500);
        d.Inject(Syn(mss: 1460));
        d.Expect(SynAck(100, 1001));
    }

    private static void Survives(Stamp stamp, params Action<Dialogue, uint>[] attacks)
    {
        foreach (Action<Dialogue, uint> attack in attacks)
        {
            using Dialogue d = Open(stamp != Stamp.NotAgreed);
            int window = d.Connection.Info.ReceiveWindow;
            // Evenly over the window: every byte but the first, at which RST must be obeyed.
            for (int guess = 0; guess < Guesses; guess++)
            {
                d.After(0.1);
                attack(d, 1002 + (uint)((long)guess * (window - 2) / (Guesses - 1)));
                d.Is(TcpState.Established);
            }
            Assert.Equal(0, d.Connection.AvailableToRead);
            Works(d, stamp != Stamp.NotAgreed);
        }
    }

    private static void Works(Dialogue d, bool timestamps)
    {
        (uint, uint)? stamp = timestamps ? (501, 10_000) : null;
        d.Inject(Push(1001, 101, 3000, ts: stamp));
        d.Expect(Ack(101, 4001));
        d.Read(3000);
        d.Write(1000);
        d.Expect(Push(101, 4001, 1000));
        d.Inject(Ack(4001, 1101, ts: stamp));
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
    }
}
