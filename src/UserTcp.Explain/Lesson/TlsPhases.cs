using UserTcp.Explain.Model;
using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>The four phases in which a TLS 1.2 handshake is taught, and what comes after it (RFC 5246 7.3).</summary>
internal enum TlsPhase
{
    /// <summary>ClientHello.</summary>
    Offer = 1,

    /// <summary>ServerHello to ServerHelloDone.</summary>
    ServerFlight = 2,

    /// <summary>The client's checks; ClientKeyExchange, ChangeCipherSpec, Finished.</summary>
    ClientFlight = 3,

    /// <summary>NewSessionTicket, the server's ChangeCipherSpec and Finished.</summary>
    Confirmation = 4,

    /// <summary>Protected data.</summary>
    ApplicationData = 5,
}

/// <summary>A TLS event and the phase it belongs to.</summary>
internal readonly record struct PhasedEvent(TlsPhase Phase, TlsEvent Event)
{
    /// <summary>The bytes of the stream it came in, when it was on the wire.</summary>
    internal TlsStreamRange? Range => Event switch
    {
        HandshakeMessagePassed message => message.Range,
        ChangeCipherSpecPassed spec => spec.Range,
        AlertPassed alert => alert.Range,
        _ => null,
    };

    /// <summary>Who sent it. The client is the end that our TLS runs at.</summary>
    internal Side From => Event switch
    {
        HandshakeMessagePassed message => SideOf(message.Direction),
        ChangeCipherSpecPassed spec => SideOf(spec.Direction),
        AlertPassed alert => SideOf(alert.Direction),
        _ => Side.Client,
    };

    /// <summary>The message's name; for a protected one also the name under which Wireshark shows it without the keys.</summary>
    internal string Name => Event switch
    {
        HandshakeMessagePassed { Encrypted: true } message => $"{message.Message.Type} (Encrypted Handshake Message)",
        HandshakeMessagePassed message => message.Message.Type.ToString(),
        ChangeCipherSpecPassed => "ChangeCipherSpec",
        ConnectionFailed => "What went wrong",
        AlertPassed alert => $"Alert {alert.Alert.Description.Name()}",
        _ => "",
    };

    private static Side SideOf(TlsDirection direction) => direction == TlsDirection.Sent ? Side.Client : Side.Server;
}

internal static class TlsPhases
{
    /// <summary>Gives each event its phase.</summary>
    internal static IReadOnlyList<PhasedEvent> Of(IReadOnlyList<TlsEvent> events)
    {
        var phased = new List<PhasedEvent>(events.Count);
        var reached = TlsPhase.Offer;
        bool serverProtects = false, complete = false;
        // In an abbreviated handshake the server confirms in its only flight, and the client's Finished is the last word (RFC 5246 7.3, figure 2).
        bool resumed = events.Any(e => e is SessionResumed);
        TlsPhase confirmation = resumed ? TlsPhase.ServerFlight : TlsPhase.Confirmation;
        foreach (TlsEvent e in events)
        {
            TlsPhase phase = e switch
            {
                AlertPassed or ConnectionFailed => complete ? TlsPhase.ApplicationData : reached,
                _ when complete => TlsPhase.ApplicationData,
                HandshakeMessagePassed { Message.Type: HandshakeType.ClientHello } => TlsPhase.Offer,
                HandshakeMessagePassed { Direction: TlsDirection.Sent } => TlsPhase.ClientFlight,
                HandshakeMessagePassed { Message.Type: HandshakeType.NewSessionTicket } => confirmation,
                HandshakeMessagePassed => serverProtects ? confirmation : TlsPhase.ServerFlight,
                ChangeCipherSpecPassed spec => spec.Direction == TlsDirection.Sent ? TlsPhase.ClientFlight : confirmation,
                DowngradeSentinelSeen => TlsPhase.ServerFlight,
                CertificateChecked or CertificateAccepted or SignatureChecked or KeysDerived => TlsPhase.ClientFlight,
                _ => resumed ? TlsPhase.ClientFlight : TlsPhase.Confirmation,
            };
            if (e is ChangeCipherSpecPassed { Direction: TlsDirection.Received }) serverProtects = true;
            if (e is HandshakeCompleted) complete = true;
            if (phase > reached) reached = phase;
            phased.Add(new(phase, e));
        }
        return phased;
    }

    /// <summary>What each kept segment carried, by its number.</summary>
    internal static IReadOnlyDictionary<int, IReadOnlyList<string>> Cargo(Conversation conversation, IReadOnlyList<PhasedEvent> events)
    {
        var cargo = new Dictionary<int, List<string>>();
        foreach (PhasedEvent e in events)
        {
            if (e.Range is not TlsStreamRange range) continue;
            IReadOnlyList<int> segments = conversation.SegmentsOf(e.From, range);
            for (int i = 0; i < segments.Count; i++)
            {
                if (!cargo.TryGetValue(segments[i], out List<string>? names)) cargo.Add(segments[i], names = []);
                names.Add(segments.Count == 1 ? e.Name : $"{e.Name} ({i + 1} of {segments.Count})");
            }
        }
        return cargo.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)pair.Value);
    }
}
