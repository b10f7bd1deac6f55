using UserTcp.Explain.Model;
using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains one phase of a TLS 1.2 handshake: its messages, and what the client made of them.</summary>
internal sealed class TlsLesson
{
    private readonly Conversation _conversation;
    private readonly IReadOnlyList<PhasedEvent> _events;

    private TlsLesson(Conversation conversation, IReadOnlyList<PhasedEvent> events)
    {
        _conversation = conversation;
        _events = events;
    }

    internal static Section Of(TlsPhase phase, IReadOnlyList<Entry> entries, IReadOnlyList<PhasedEvent> events, Conversation conversation)
    {
        bool resumed = events.Any(e => e.Event is SessionResumed);
        (string title, string text) = phase switch
        {
            TlsPhase.ServerFlight when resumed => ("TLS phase 2: the server remembers",
                "It echoes the session ID: it knows the session that the client showed by a ticket or by that ID. No certificate, no key exchange: both make new keys from the old "
                + "master secret and the two new randoms (RFC 5246 7.3). Its Finished proves that it has that secret."),
            TlsPhase.ClientFlight when resumed => ("TLS phase 3: the client confirms",
                "Its Finished answers the server's: a whole round trip is saved. Who the server is was checked when the session was made, and the checks hold as long as that does."),
            TlsPhase.Offer => ("TLS phase 1: the client's offer", "The client says what it can do and adds 32 random bytes. All of it is readable by everybody on the way."),
            TlsPhase.ServerFlight => ("TLS phase 2: the server's flight",
                "The server chooses from the offer, shows who it is (Certificate), and gives a public key made for this connection alone, signed with the certificate's key (ServerKeyExchange)."),
            TlsPhase.ClientFlight => ("TLS phase 3: the client checks, then answers",
                "Is the certificate valid now, does it come from somebody we trust, does it name this host? Only then the client gives its own public key, and both can compute the same keys. "
                + "ChangeCipherSpec: all that follows in this direction is encrypted."),
            TlsPhase.Confirmation => ("TLS phase 4: the server confirms",
                "The server's Finished proves that it computed the same keys and saw the very same messages: nobody changed a byte on the way."),
            _ when events.Count > 0 => ("Application data", "From here every record is encrypted and protected; without the keys only lengths and times can be seen."),
            _ => ("Data", "Every byte has a number; an acknowledgment names the next byte that is wanted, and so confirms all before it."),
        };
        var lesson = new TlsLesson(conversation, events);
        return new(title, [text], entries, [.. lesson.Blocks(phase)]);
    }

    private IEnumerable<Block> Blocks(TlsPhase phase)
    {
        if (phase == TlsPhase.ClientFlight)
        {
            foreach (Block block in CertificateLesson.Of(All<CertificateChecked>(), Find<CertificateAccepted>(), Find<SignatureChecked>())) yield return block;
        }
        foreach (PhasedEvent e in _events)
        {
            if (e.Phase == phase && Facts(e) is { } facts) yield return new(e.Name, e.From, Where(e), facts);
        }
        if (phase == TlsPhase.ClientFlight && Find<KeysDerived>() is KeysDerived keys) yield return KeyLesson.Of(keys);
        if (phase == (Find<SessionResumed>() is null ? TlsPhase.Confirmation : TlsPhase.ClientFlight) && Find<HandshakeCompleted>() is HandshakeCompleted completed) yield return Agreed(completed.Session);
        if (phase == TlsPhase.ApplicationData && _conversation.ApplicationRecords is { Sent: > 0 } or { Received: > 0 }) yield return Records();
    }

    private IReadOnlyList<Fact>? Facts(PhasedEvent e) => e.Event switch
    {
        HandshakeMessagePassed { Message: ClientHello hello } => HelloLesson.Of(hello),
        HandshakeMessagePassed { Message: ServerHello hello } => HelloLesson.Of(hello, MessageOf<ClientHello>(), Find<DowngradeSentinelSeen>()),
        HandshakeMessagePassed { Message: CertificateMessage message } => CertificateLesson.Of(message, Find<CertificateAccepted>()?.Certificate),
        HandshakeMessagePassed { Message: ServerKeyExchange message } =>
        [
            new("group", message.Group.Name()),
            new("public key", TlsWords.Hex(message.PublicKey.Span, 40)),
            new("signature", $"{message.Scheme.Name()}, {TlsWords.Bytes(message.Signature.Length)}: {TlsWords.Hex(message.Signature.Span, 16)}"),
            new("signed", "client random + server random + group and public key, so that it is worth nothing in another connection"),
        ],
        HandshakeMessagePassed { Message: CertificateRequest message } =>
        [
            new("", "the server would like to know who the client is; one without a certificate that fits says so with an empty list"),
            new("schemes", string.Join(", ", message.SignatureSchemes.Select(scheme => scheme.Name()))),
        ],
        HandshakeMessagePassed { Message: CertificateVerify message } =>
        [
            new("signature", $"{message.Scheme.Name()}, {TlsWords.Bytes(message.Signature.Length)}: {TlsWords.Hex(message.Signature.Span, 16)}"),
            new("signed", "every handshake message so far: the client has the key of its certificate, and in this connection (RFC 5246 7.4.8)"),
        ],
        HandshakeMessagePassed { Message: ServerHelloDone } => [new("", "empty: the server has said all and waits")],
        HandshakeMessagePassed { Message: ClientKeyExchange message } =>
        [
            new("public key", TlsWords.Hex(message.PublicKey.Span, 40)),
            new("", "the other half of the key exchange; it is not secret, and nothing in it is encrypted"),
        ],
        HandshakeMessagePassed { Message: NewSessionTicket message } =>
        [
            new("ticket", $"{TlsWords.Bytes(message.Ticket.Length)} that only the server can read; its lifetime hint is {message.LifetimeHint} s"),
            new("", "shown again next time it would save the key exchange and the certificate (RFC 5077)"),
        ],
        HandshakeMessagePassed { Message: Finished message } finished => FinishedFacts(finished, message),
        HandshakeMessagePassed message => [new("", $"{TlsWords.Bytes(message.Raw.Length)}")],
        ChangeCipherSpecPassed => [new("", "one byte, not a handshake message: from here on this direction uses the new keys (RFC 5246 7.1)")],
        AlertPassed alert => AlertFacts(alert),
        ConnectionFailed failed =>
        [
            new("error", failed.Failure.Error.ToString(), Tone.Bad),
            .. failed.Failure.Message.Split('\n').Select(line => new Fact("", line.Trim())),
        ],
        _ => null,
    };

    private List<Fact> FinishedFacts(HandshakeMessagePassed passed, Finished message)
    {
        bool ours = passed.Direction == TlsDirection.Sent;
        var facts = new List<Fact>
        {
            new("verify_data", TlsWords.Hex(message.VerifyData.Span)),
            new("", $"PRF(master secret, \"{(ours ? "client" : "server")} finished\", hash of all handshake messages so far), 12 bytes (RFC 5246 7.4.9)"),
        };
        if (!ours)
        {
            facts.Add(Find<FinishedChecked>() is FinishedChecked check
                ? Fact.Checked("checked", "computed here too, and equal", check.VerifyData.Span.SequenceEqual(message.VerifyData.Span))
                : new("checked", "not equal to what was computed here ✗", Tone.Bad));
        }
        facts.Add(new("", "the first message under the new keys: Wireshark without them shows \"Encrypted Handshake Message\""));
        return facts;
    }

    private static List<Fact> AlertFacts(AlertPassed alert)
    {
        bool fatal = alert.Alert.Level != AlertLevel.Warning;
        return
        [
            new("level", fatal ? "fatal: the connection ends here" : "warning", fatal ? Tone.Bad : Tone.Plain),
            new("description", alert.Alert.Description.Name(), fatal ? Tone.Bad : Tone.Plain),
            .. alert.Alert.Description == TlsAlert.CloseNotify
                ? (Fact[])[new("", "the orderly end of a direction: without it a cut-off body could pass for a whole one (RFC 5246 7.2.1)")] : [],
        ];
    }

    private Block Agreed(TlsSessionInfo session) => new("What both have agreed on", null, null,
    [
        new("suite", session.CipherSuite.Name()),
        new("group", session.Group.Name()),
        new("signature", session.SignatureScheme.Name()),
        new("protocol", session.ApplicationProtocol
            ?? (MessageOf<ClientHello>()?.Offers(ExtensionType.ApplicationLayerProtocolNegotiation) == true ? "none: the server did not answer ALPN" : "none asked for by ALPN")),
        new("master secret", session.ExtendedMasterSecret ? "extended (RFC 7627)" : "not extended: the server did not answer extended_master_secret (RFC 7627)"),
        session.Certificate.WaivedReason is string waived
            ? new("certificate", $"NOT verified: {waived}", Tone.Bad) : Fact.Checked("certificate", "verified", true),
    ]);

    private Block Records()
    {
        ApplicationRecords records = _conversation.ApplicationRecords;
        return new("Records", null, null,
        [
            new("client → server", $"{records.Sent} with {TlsWords.Bytes(records.SentBytes)} of data"),
            new("server → client", $"{records.Received} with {TlsWords.Bytes(records.ReceivedBytes)} of data"),
        ]);
    }

    private string? Where(PhasedEvent e)
    {
        if (e.Range is not TlsStreamRange range) return null;
        IReadOnlyList<int> segments = _conversation.SegmentsOf(e.From, range);
        string carried = segments.Count switch
        {
            0 => "",
            1 => $"#{segments[0]}, ",
            _ => $"#{string.Join(" #", segments)}, ",
        };
        string length = e.Event is HandshakeMessagePassed message ? TlsWords.Bytes(message.Raw.Length) : TlsWords.Bytes(range.Length);
        return $"{carried}{length}, stream bytes {range.First}–{range.Last}";
    }

    private T? Find<T>() where T : TlsEvent => All<T>().FirstOrDefault();

    private IEnumerable<T> All<T>() where T : TlsEvent => _events.Select(e => e.Event).OfType<T>();

    private T? MessageOf<T>() where T : HandshakeBody => All<HandshakeMessagePassed>().Select(passed => passed.Message).OfType<T>().FirstOrDefault();
}
