using System.Text.Json;
using System.Text.Json.Serialization;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Tls;
using UserTcp.Wire;

namespace UserTcp.Explain.Summary;

/// <summary>A conversation as plain data, for scripts.</summary>
/// <param name="Client">Who opened, such as "10.0.0.2:49152".</param>
/// <param name="Server">The other end.</param>
/// <param name="Watched">"client" or "server": the end whose states are known first hand; null when none is.</param>
/// <param name="Segments">Segments of both directions, the folded ones too.</param>
/// <param name="BytesToServer">Data, sent-again data included.</param>
/// <param name="BytesToClient">Data, sent-again data included.</param>
/// <param name="EquationsChecked">Equations checked over all segments.</param>
/// <param name="EquationsFalse">Those that do not hold.</param>
/// <param name="Retransmissions">Segments that our end sent again.</param>
/// <param name="OutOfOrder">Segments that came early or twice.</param>
/// <param name="Refused">Segments that our end refused.</param>
/// <param name="ClientState">The client's last state, in the RFC's spelling.</param>
/// <param name="ServerState">The server's last state.</param>
/// <param name="Tls">The TLS session; null when no handshake was completed.</param>
/// <param name="Arrows">The segments that were kept, in order.</param>
/// <param name="Folded">What was let go.</param>
internal sealed record ConversationSummary(
    string Client,
    string Server,
    string? Watched,
    long Segments,
    long BytesToServer,
    long BytesToClient,
    long EquationsChecked,
    long EquationsFalse,
    long Retransmissions,
    long OutOfOrder,
    long Refused,
    string? ClientState,
    string? ServerState,
    TlsSummary? Tls,
    IReadOnlyList<ArrowSummary> Arrows,
    FoldSummary Folded)
{
    /// <summary>Sums a conversation up.</summary>
    internal static ConversationSummary Of(Conversation conversation)
    {
        ConversationTotals totals = conversation.Totals;
        IReadOnlyDictionary<int, IReadOnlyList<string>> cargo = TlsPhases.Cargo(conversation, TlsPhases.Of(conversation.Tls));
        (LaneState? client, LaneState? server) = conversation.Entries.LastOrDefault(entry => entry is not Fold) switch
        {
            Arrow arrow => (arrow.Client, arrow.Server),
            Happening happening => (happening.Client, happening.Server),
            _ => ((LaneState?)null, (LaneState?)null),
        };
        Fold[] folds = [.. conversation.Entries.OfType<Fold>()];
        return new(
            conversation.Client.ToString(), conversation.Server.ToString(), conversation.Watched?.Name(),
            totals.Segments, totals.ClientBytes, totals.ServerBytes, totals.Equations, totals.FalseEquations, totals.Retransmissions, totals.OutOfOrder, totals.Refused,
            client?.State.Name(), server?.State.Name(),
            conversation.Tls.OfType<HandshakeCompleted>().FirstOrDefault() is HandshakeCompleted completed ? TlsSummary.Of(completed.Session) : null,
            [.. conversation.Arrows.Select(arrow => ArrowSummary.Of(arrow, cargo))],
            new(folds.Sum(fold => fold.Segments), folds.Sum(fold => fold.Equations), folds.Sum(fold => fold.FalseEquations)));
    }

    /// <summary>The summary as JSON.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, SummaryJson.Default.ConversationSummary);
}

/// <summary>What a TLS handshake agreed on.</summary>
internal sealed record TlsSummary(string CipherSuite, string Group, string SignatureScheme, string? ApplicationProtocol, bool ExtendedMasterSecret, bool CertificateVerified)
{
    internal static TlsSummary Of(TlsSessionInfo session) => new(
        Tls.Wire.TlsNames.Name(session.CipherSuite), Tls.Wire.TlsNames.Name(session.Group), Tls.Wire.TlsNames.Name(session.SignatureScheme),
        session.ApplicationProtocol, session.ExtendedMasterSecret, session.Certificate.WaivedReason is null);
}

/// <summary>One segment.</summary>
/// <param name="Number">Counted from 1 over both directions.</param>
/// <param name="Microseconds">Time since the first entry.</param>
/// <param name="From">"client" or "server".</param>
/// <param name="Flags">Such as "SYN, ACK".</param>
/// <param name="Seq">Absolute.</param>
/// <param name="Ack">Absolute; null without ACK.</param>
/// <param name="RelativeSeq">Counted from the sender's ISN.</param>
/// <param name="RelativeAck">Counted from the other end's ISN; null without ACK.</param>
/// <param name="Length">Bytes of data.</param>
/// <param name="Window">As on the wire, not scaled.</param>
/// <param name="Note">Why it was sent or what became of it, in the words of <see cref="Tcp.SegmentNote"/>.</param>
/// <param name="ClientState">The client's state after it.</param>
/// <param name="ServerState">The server's state after it.</param>
/// <param name="Equations">Where its numbers come from.</param>
/// <param name="Carries">TLS messages in it, whole or in part.</param>
internal sealed record ArrowSummary(
    int Number,
    long Microseconds,
    string From,
    string Flags,
    uint Seq,
    uint? Ack,
    long RelativeSeq,
    long? RelativeAck,
    int Length,
    int Window,
    string Note,
    StateSummary ClientState,
    StateSummary ServerState,
    IReadOnlyList<EquationSummary> Equations,
    IReadOnlyList<string> Carries)
{
    internal static ArrowSummary Of(Arrow arrow, IReadOnlyDictionary<int, IReadOnlyList<string>> cargo)
    {
        bool ack = arrow.Has(TcpFlags.Ack);
        return new(
            arrow.Number, arrow.At.Ticks / TimeSpan.TicksPerMicrosecond, arrow.From.Name(), arrow.FlagNames,
            arrow.Header.Seq.Value, ack ? arrow.Header.Ack.Value : null, arrow.RelativeSeq, ack ? arrow.RelativeAck : null,
            arrow.Length, arrow.Header.Window, arrow.Note.ToString(), StateSummary.Of(arrow.Client), StateSummary.Of(arrow.Server),
            [.. arrow.Equations.Select(equation => EquationSummary.Of(equation))],
            cargo.TryGetValue(arrow.Number, out IReadOnlyList<string>? carries) ? carries : []);
    }
}

/// <summary>The state of one end.</summary>
internal sealed record StateSummary(string State, bool Inferred)
{
    internal static StateSummary Of(LaneState state) => new(state.State.Name(), state.Inferred);
}

/// <summary>One equation.</summary>
/// <param name="Text">Such as "ack 4011 = their seq 4010 + 0 bytes + SYN 1".</param>
/// <param name="Symbolic">Such as "ack = their seq + bytes + SYN".</param>
/// <param name="Evaluated">Such as "4011 = 4010 + 0 + 1".</param>
/// <param name="Relative">The same, counted from the ISN.</param>
/// <param name="Holds">Whether both sides are equal modulo 2^32.</param>
/// <param name="Rule">Such as "RFC 9293 3.4".</param>
/// <param name="Remark">What is special about it.</param>
internal sealed record EquationSummary(string Text, string Symbolic, string Evaluated, string Relative, bool Holds, string Rule, string? Remark)
{
    internal static EquationSummary Of(in Equation equation)
        => new(equation.ToString(), equation.Symbolic, equation.Evaluated, equation.Relative, equation.Holds, equation.Rule, equation.Remark);
}

/// <summary>What a long conversation let go after checking it.</summary>
internal sealed record FoldSummary(long Segments, long EquationsChecked, long EquationsFalse);

/// <summary>Serializers made at build time: nothing is looked up by reflection, so that trimming and NativeAOT lose nothing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ConversationSummary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
