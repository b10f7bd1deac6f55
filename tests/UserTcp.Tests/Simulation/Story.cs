using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Tcp;

namespace UserTcp.Tests.Simulation;

/// <summary>The beginning and the end of what happened in a run, one line each, for the failure of a seed that is run alone.</summary>
internal sealed class Story
{
    private const int First = 100, Last = 200;

    private readonly List<string> _first = [];
    private readonly Queue<string> _last = new();

    /// <summary>What one of the two stacks tells.</summary>
    internal IStackEventSink Side(string name) => new Teller(this, name);

    public override string ToString() => string.Join("\n", [.. _first, .. _last]);

    private void Add(string line)
    {
        if (_first.Count < First)
        {
            _first.Add(line);
            return;
        }
        _last.Enqueue(line);
        if (_last.Count > Last) _last.Dequeue();
    }

    private sealed class Teller(Story story, string side) : IStackEventSink
    {
        public void SegmentSent(in SegmentEvent e) => Segment("-->", e);

        public void SegmentReceived(in SegmentEvent e) => Segment("<--", e);

        public void StateChanged(in StateChangedEvent e) => story.Add($"{e.At} {side} {e.Connection} {e.From} becomes {e.To}: {e.Reason}");

        public void TimerFired(in TimerFiredEvent e) => story.Add($"{e.At} {side} {e.Connection} timer {e.Timer} for the {e.Count}. time");

        public void CongestionChanged(in CongestionChangedEvent e)
            => story.Add($"{e.At} {side} {e.Connection} cwnd {e.CongestionWindow}, ssthresh {e.SlowStartThreshold}: {e.Reason}");

        public void DatagramDropped(in DatagramDroppedEvent e) => story.Add($"{e.At} {side} {e}");

        public void ArpRequestSent(in ArpRequestSentEvent e)
        {
        }

        public void ArpResolved(in ArpResolvedEvent e)
        {
        }

        public void ArpFailed(in ArpFailedEvent e) => story.Add($"{e.At} {side} {e}");

        public void AddressConflict(in AddressConflictEvent e) => story.Add($"{e.At} {side} {e}");

        public void IcmpSent(in IcmpEvent e) => story.Add($"{e.At} {side} {e}");

        public void IcmpReceived(in IcmpEvent e) => story.Add($"{e.At} {side} {e}");

        public void QuerySent(in DnsQuerySentEvent e)
        {
        }

        public void AnswerReceived(in DnsAnswerReceivedEvent e)
        {
        }

        public void AnswerIgnored(in DnsAnswerIgnoredEvent e)
        {
        }

        public void TryFailed(in DnsTryFailedEvent e)
        {
        }

        public void LookupFailed(in DnsFailedEvent e)
        {
        }

        private void Segment(string arrow, in SegmentEvent e)
        {
            string sack = "";
            for (int i = 0; i < e.Options.SackCount; i++) sack += $" [{e.Options.Sack(i).Left}, {e.Options.Sack(i).Right})";
            story.Add(
                $"{e.At} {side} {arrow} {e.Connection.Local.Port}-{e.Connection.Remote.Port} {e.Header.Flags} seq {e.Header.Seq} len {e.PayloadLength} ack {e.Header.Ack}"
                + $" win {e.Header.Window}{sack} {(e.Note == SegmentNote.None ? "" : e.Note)} {e.Reason} | una {e.SendUnacknowledged} nxt {e.SendNext} rcv {e.ReceiveNext}");
        }
    }
}
