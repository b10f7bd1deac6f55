using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>The behaviours that packetimpact tests other stacks for: where each is tested here, and tests of those that nothing else covers.</summary>
/// <remarks><code>
/// packetimpact                          here
/// tcp_acceptable_ack_syn_rcvd           OpenTests.In_SYN_RECEIVED_only_the_acknowledgment_of_our_SYN_opens
/// tcp_synrcvd_reset                     OpenTests.In_SYN_RECEIVED_after_a_passive_open_RST_goes_back_to_LISTEN
/// tcp_synsent_reset                     OpenTests.In_SYN_SENT_an_acceptable_RST_means_refused, In_SYN_RECEIVED_after_an_active_open_RST_means_refused
/// tcp_connect_icmp_error                HostileSegmentTests.An_ICMP_error_about_our_SYN_fails_the_opening_at_once_and_forgets_it
/// tcp_network_unreachable               the same, and OpenTests.A_hard_ICMP_error_ends_the_opening_…, An_open_connection_survives_every_ICMP_error
/// tcp_queue_send_recv_in_syn_sent       OpenTests.What_is_written_in_SYN_SENT_waits_for_the_connection, and below
/// tcp_handshake_window_size             TimestampTests (unscaled-syn, scale-always), and below
/// tcp_listen_backlog                    ListenerTests.With_a_full_accept_queue_final_ACKs_wait_and_SYNs_are_ignored
/// tcp_syncookie                         SynCookieTests, ListenerTests.A_listener_that_has_sent_no_cookies_answers_every_ACK_with_RST
/// tcp_noaccept_close_rst                ListenerTests.Closing_a_listener_resets_what_nobody_has_accepted
/// tcp_outside_the_window                CloseTests.Unacceptable_SEQ_or_ACK_gets_a_bare_acknowledgment, BlindAttackTests.Acknowledgments_outside_…
/// tcp_unacc_seq_ack                     CloseTests.Unacceptable_SEQ_or_ACK_gets_a_bare_acknowledgment
/// tcp_paws_mechanism                    TimestampTests.PAWS_drops_what_is_older_than_the_last_timestamp, The_echo_is_that_of_the_segment_at_the_left_edge
/// tcp_timewait_reset                    CloseTests.RST_at_RCV_NXT_closes_every_state_but_TIME_WAIT
/// fin_wait2_timeout                     OptionTests.FIN_WAIT_2_without_a_user_lasts_as_long_as_is_set, CloseTests.An_orphan_in_FIN_WAIT_2_…
/// tcp_fin_retransmission                below
/// tcp_linger                            LingerTests
/// tcp_retransmits                       SendTests.Retransmission_backs_off_until_the_user_timeout
/// tcp_user_timeout                      UserTimeoutTests
/// tcp_rack                              RackTests
/// tcp_info                              InfoTests
/// tcp_cork_mss                          OptionTests.A_cork_gathers_small_writes_until_it_is_drawn, and below
/// tcp_send_window_sizes_piggyback       below
/// tcp_window_shrink                     SendTests.A_shrunk_window_stops_new_data_and_harms_nothing, Into_a_shrunk_window_goes_only_what_the_peer_accepts
/// tcp_zero_receive_window               ReceiveTests.A_full_buffer_closes_the_window_and_reading_opens_it, and below
/// tcp_rcv_buf_space                     BufferSizeTests.Data_inside_the_window_but_beyond_a_reduced_buffer_is_dropped
/// tcp_zero_window_probe(_retransmit)    SendTests.A_closed_window_is_probed_with_back_off
/// tcp_zero_window_probe_usertimeout     UserTimeoutTests
/// ipv4_id_uniqueness                    RouteTableTests.Identifications_do_not_repeat_within_65536
/// </code></remarks>
public sealed class BehaviourTests
{
    // us                                   peer
    // SYN                     -->
    //   write 300, read                     both wait
    //                         <--  RST ack=101
    [Fact, Rfc("9293", "3.10.2"), Rfc("9293", "3.10.3"), Rfc("9293", "3.10.7.3", "second")]
    public void What_waits_in_SYN_SENT_fails_when_the_peer_refuses()
    {
        using var d = new Dialogue();
        d.Connect();
        d.Expect(Syn(100));
        d.Write(300);
        d.Read(0);
        Assert.False(d.Connection.EndOfStream);
        d.Inject(RstAck(0, 101));
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.Refused);
        Assert.Equal((0, 0), (d.Connection.SendRoom, d.Connection.Info.BytesNotSent)); // forgotten, not kept for another try
    }

    [Fact, Rfc("9293", "3.10.3")]
    public void A_read_that_waits_since_SYN_SENT_gets_what_comes()
    {
        using var d = new Dialogue();
        d.Connect();
        d.Expect(Syn(100));
        d.Inject(SynAck(1000, 101, mss: 1460));
        d.Expect(Ack(101, 1001));
        d.Connection.TakeSignals();
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        Assert.Equal(TcpSignals.Readable, d.Connection.TakeSignals());
        d.Read(10);
    }

    // us                                   peer
    // SYN scale=…             -->
    //                         <--  SYN,ACK win=1000 scale=2
    // 1000 bytes              -->                            not 4000: the window of a SYN is never scaled
    //                         <--  ack=1101 win=730          which is 2920
    // twice 1460 bytes        -->
    [Fact, Rfc("7323", "2.2", "unscaled-syn"), Rfc("7323", "2.3", "scale-always")]
    public void What_may_be_sent_right_after_the_handshake_goes_by_its_unscaled_window()
    {
        using var d = new Dialogue(Plain with { WindowScaling = true });
        d.Connect();
        d.Expect(Syn(100) with { Scale = 8 });
        d.Inject(SynAck(1000, 101, window: 1000, mss: 1460, scale: 2));
        d.Expect(Ack(101, 1001));
        d.Write(5000);
        d.ExpectData(101, 1000, push: true);
        d.Inject(Ack(1001, 1101, window: 730));
        d.ExpectData(1101, 1460, push: false);
        d.ExpectData(2561, 1460, push: true);
    }

    // us                                   peer
    // FIN                     -->           lost
    //   200, 400, 800 ms: FIN -->
    [Theory, Rfc("9293", "3.10.8"), Rfc("6298", "5.5")]
    [InlineData(TcpState.FinWait1)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void FIN_is_sent_again_in_every_state_in_which_it_is_not_acknowledged(TcpState state)
    {
        using Dialogue d = In(state);
        uint ack = state == TcpState.FinWait1 ? 1001u : 1002;
        foreach (int wait in (int[])[200, 400, 800]) d.ExpectAfter(wait, Fin(101, ack));
        d.Is(state);
        d.Inject(Ack(ack, 102));
        d.Is(state switch { TcpState.FinWait1 => TcpState.FinWait2, TcpState.Closing => TcpState.TimeWait, _ => TcpState.Closed });
    }

    [Fact, Rfc("9293", "3.7.4")]
    public void Small_writes_under_the_cork_leave_in_full_segments()
    {
        using Dialogue d = Established(Plain with { Cork = true, NoDelay = true });
        for (int i = 0; i < 29; i++) d.Write(50); // 1450 bytes
        d.Write(50);
        d.ExpectData(101, 1460, push: false);
        d.Call("uncork", connection => connection.Change(Plain, d.Now));
        d.ExpectData(1561, 40, push: true);
    }

    // us                                   peer
    //                         <--  seq=1001 10 bytes, win=W
    // W bytes, ack=1011       -->           in the segments that the window allows, and no bare acknowledgment
    [Theory, Rfc("9293", "3.8.6.2.1", "MUST-38"), Rfc("9293", "3.10.7.4", "seventh")]
    [InlineData(1)]
    [InlineData(1459)]
    [InlineData(1460)]
    [InlineData(1461)]
    [InlineData(2920)]
    [InlineData(2921)]
    public void A_write_as_large_as_the_window_leaves_whole_and_carries_the_acknowledgment(int window)
    {
        using Dialogue d = Established(window: window);
        d.Connection.SegmentArrives(Segment(Push(1001, 101, 10, window)), d.Now); // read and answered before anything is sent
        d.Write(window, all: true, skipSent: true);
        SegmentEvent[] sent = [.. d.Sent.Skip(2)]; // after the handshake
        Assert.Equal(window, sent.Sum(e => e.PayloadLength));
        Assert.Equal((window + 1459) / 1460, sent.Length);
        Assert.All(sent, e => Assert.Equal(1011u, e.Header.Ack.Value));
        Assert.Equal(0, d.Connection.Info.BytesNotSent);
    }

    [Theory, Rfc("9293", "3.8.6.2.1", "MUST-38")]
    [InlineData(1460)]
    [InlineData(2920)]
    public void A_write_larger_than_the_window_by_a_byte_leaves_it_behind(int window)
    {
        using Dialogue d = Established(window: window);
        d.Write(window + 1, all: true, skipSent: true);
        Assert.Equal((1, window), (d.Connection.Info.BytesNotSent, d.Connection.Info.BytesInFlight));
        d.Inject(Ack(1001, 101 + (uint)window, window), skipSent: true);
        Assert.Equal(0, d.Connection.Info.BytesNotSent);
    }

    [Fact, Rfc("9293", "3.8.6.2.2")]
    public void The_window_never_closes_while_the_user_reads()
    {
        using Dialogue d = Established(Plain with { ReceiveBufferSize = 4000 });
        uint seq = 1001;
        for (int i = 0; i < 100; i++, seq += 1000)
        {
            d.Inject(Data(seq, 101, 1000), skipSent: true);
            d.Read(1000, skipSent: true);
            Assert.True(d.Connection.Info.ReceiveWindow >= 1460, $"{d.Connection.Info.ReceiveWindow} bytes after {i + 1} segments");
        }
        Assert.All(d.Sent, e => Assert.NotEqual(0, e.Header.Window));
    }

    private static TcpSegment Segment(WireSegment wire)
    {
        byte[] bytes = wire.Encode(443, 40000);
        Assert.Equal(UserTcp.Wire.ParseError.None, UserTcp.Wire.TcpHeader.TryParse(bytes, out UserTcp.Wire.TcpHeader header, out _, out ReadOnlySpan<byte> payload));
        return new(header, default, payload, false);
    }
}
