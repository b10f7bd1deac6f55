using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Cuts a conversation into the sections of a lesson.</summary>
internal static class LessonWriter
{
    internal static Ladder Write(Conversation conversation)
    {
        IReadOnlyList<PhasedEvent> events = TlsPhases.Of(conversation.Tls);
        IReadOnlyDictionary<int, IReadOnlyList<string>> cargo = TlsPhases.Cargo(conversation, events);
        var cutter = new Cutter(conversation, events);
        foreach (Entry entry in conversation.Entries) cutter.Add(entry);
        return new(conversation, [.. cutter.Sections()], cargo);
    }

    private sealed class Cutter(Conversation conversation, IReadOnlyList<PhasedEvent> events)
    {
        private readonly List<Entry> _opening = [], _closing = [];
        private readonly SortedDictionary<TlsPhase, List<Entry>> _phases = [];
        private readonly bool _handshakeCompleted = events.Any(e => e.Event is HandshakeCompleted);
        private bool _opened, _closes;
        private TlsPhase _phase;

        internal void Add(Entry entry)
        {
            if (entry is Arrow arrow) Place(arrow);
            // A fold lies behind the longest handshake that the head of a timeline has room for.
            else if (entry is Fold && !_closes) _phase = _handshakeCompleted || events.Count == 0 ? TlsPhase.ApplicationData : _phase;
            if (_closes) _closing.Add(entry);
            else if (_phase == 0) _opening.Add(entry);
            else In(_phase).Add(entry);
        }

        internal IEnumerable<Section> Sections()
        {
            if (conversation.Prologue.Count > 0)
            {
                yield return new("Before the connection: names and addresses", [.. conversation.Prologue.Select(line => line.Text)], [], []);
            }
            if (_opening.Count > 0) yield return OpeningLesson.Of(_opening);
            foreach (PhasedEvent e in events) In(e.Phase);
            foreach ((TlsPhase phase, List<Entry> entries) in _phases) yield return TlsLesson.Of(phase, entries, events, conversation);
            if (_closing.Count > 0) yield return ClosingLesson.Of(_closing);
        }

        private void Place(Arrow arrow)
        {
            // A refused RST ends nothing: RFC 5961 3.2 answers it with a challenge ACK, and the connection goes on.
            if (_opened && arrow.Note != SegmentNote.Refused && (arrow.Has(TcpFlags.Fin) || arrow.Has(TcpFlags.Rst))) _closes = true;
            if (!_closes && arrow.Length > 0 && !arrow.Has(TcpFlags.Syn)) _phase = PhaseOf(arrow);
            _opened |= OpeningLesson.Opened(arrow);
        }

        private TlsPhase PhaseOf(Arrow arrow)
        {
            TlsPhase carried = 0;
            foreach (PhasedEvent e in events)
            {
                if (e.Range is TlsStreamRange range && e.From == arrow.From && arrow.StreamOffset <= range.Last && arrow.StreamOffset + arrow.Length > range.First
                    && (carried == 0 || e.Phase < carried))
                    carried = e.Phase;
            }
            if (carried == 0 && (_handshakeCompleted || events.Count == 0)) carried = TlsPhase.ApplicationData;
            return carried > _phase ? carried : _phase == 0 ? TlsPhase.Offer : _phase;
        }

        private List<Entry> In(TlsPhase phase)
        {
            if (!_phases.TryGetValue(phase, out List<Entry>? entries)) _phases.Add(phase, entries = []);
            return entries;
        }
    }
}
