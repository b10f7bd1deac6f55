using System.Net.Security;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>Listens to a TLS connection. Called on whatever thread reads or writes; must neither block nor call back into the connection.</summary>
public interface ITlsEventSink
{
    /// <summary>Something happened.</summary>
    void Raise(TlsEvent e);
}

/// <summary>Who sent it.</summary>
public enum TlsDirection
{
    /// <summary>The client: we.</summary>
    Sent,

    /// <summary>The server.</summary>
    Received,
}

/// <summary>Where something lies in the byte stream of its direction, whole records included, so that the TCP segments that carried it can be named.</summary>
/// <param name="First">Offset of the first byte of the first record, counted from the first byte of the stream.</param>
/// <param name="Last">Offset of the last byte of the last record.</param>
public readonly record struct TlsStreamRange(long First, long Last)
{
    /// <summary>Length in bytes.</summary>
    public long Length => Last - First + 1;
}

/// <summary>Something that happened on a TLS connection.</summary>
public abstract record TlsEvent;

/// <summary>A record went out or came in.</summary>
/// <param name="Direction">Who sent it.</param>
/// <param name="ContentType">What it carries.</param>
/// <param name="Range">Where it lies, header included.</param>
/// <param name="PlaintextLength">Bytes it carries once protection is off.</param>
/// <param name="Encrypted">Whether it is protected.</param>
public sealed record RecordPassed(TlsDirection Direction, ContentType ContentType, TlsStreamRange Range, int PlaintextLength, bool Encrypted) : TlsEvent;

/// <summary>A handshake message went out or came in.</summary>
/// <param name="Direction">Who sent it.</param>
/// <param name="Message">The message, parsed.</param>
/// <param name="Raw">The message as it was on the wire: type, length, body.</param>
/// <param name="Range">The records that carried it.</param>
/// <param name="Encrypted">Whether it was protected: Wireshark without keys shows "Encrypted Handshake Message".</param>
public sealed record HandshakeMessagePassed(
    TlsDirection Direction, HandshakeBody Message, ReadOnlyMemory<byte> Raw, TlsStreamRange Range, bool Encrypted) : TlsEvent;

/// <summary>ChangeCipherSpec: everything after it in this direction is protected (RFC 5246 7.1).</summary>
/// <param name="Direction">Who sent it.</param>
/// <param name="Range">Its record.</param>
public sealed record ChangeCipherSpecPassed(TlsDirection Direction, TlsStreamRange Range) : TlsEvent;

/// <summary>An alert went out or came in.</summary>
/// <param name="Direction">Who sent it.</param>
/// <param name="Alert">Level and description.</param>
/// <param name="Range">Its record.</param>
public sealed record AlertPassed(TlsDirection Direction, Alert Alert, TlsStreamRange Range) : TlsEvent;

/// <summary>The server put DOWNGRD into its random: it can speak a later version and saw that we offered less (RFC 8446 4.1.3). Normal for a TLS 1.2 client.</summary>
/// <param name="BestVersion">The version the server would have preferred at least.</param>
public sealed record DowngradeSentinelSeen(TlsVersion BestVersion) : TlsEvent;

/// <summary>One check of the server's certificates was made.</summary>
/// <param name="Check">What was seen and wanted.</param>
public sealed record CertificateChecked(CertificateCheck Check) : TlsEvent;

/// <summary>The server's certificates were accepted: verified, or waived by option.</summary>
/// <param name="Certificate">The proof.</param>
public sealed record CertificateAccepted(CertificateVerified Certificate) : TlsEvent;

/// <summary>The signature in ServerKeyExchange was verified with the certificate's key (RFC 5246 7.4.3).</summary>
/// <param name="Scheme">How it was made.</param>
/// <param name="SignedLength">Bytes signed: the two randoms and the server's ECDH parameters.</param>
public sealed record SignatureChecked(SignatureScheme Scheme, int SignedLength) : TlsEvent;

/// <summary>Keys were derived. Says from what, never what they are.</summary>
/// <param name="Group">Where the pre-master secret comes from: own private key × the server's public key on this group.</param>
/// <param name="PremasterLength">Bytes.</param>
/// <param name="ExtendedMasterSecret">True: the master secret comes from the transcript's hash (RFC 7627); false: from the two randoms (RFC 5246 8.1).</param>
/// <param name="SessionHash">The transcript's hash up to ClientKeyExchange when <paramref name="ExtendedMasterSecret"/>, else empty. Not a secret.</param>
/// <param name="PrfHash">Hash of the PRF, such as "SHA-256".</param>
/// <param name="KeyBlockLength">Bytes of key block: two keys and two implicit IVs, from the master secret and the two randoms (RFC 5246 6.3).</param>
/// <param name="KeyLength">Bytes of each of the two keys.</param>
/// <param name="ImplicitIvLength">Bytes of each of the two implicit IVs.</param>
public sealed record KeysDerived(
    NamedGroup Group, int PremasterLength, bool ExtendedMasterSecret, ReadOnlyMemory<byte> SessionHash,
    string PrfHash, int KeyBlockLength, int KeyLength, int ImplicitIvLength) : TlsEvent
{
    /// <summary>Bytes of each of the two MAC keys that are in front of the keys in a CBC suite's key block; 0 for AEAD.</summary>
    public int MacKeyLength { get; init; }
}

/// <summary>The server goes on with an earlier session: no certificate, no key exchange; keys come from its master secret and the new randoms (RFC 5246 7.3).</summary>
/// <param name="ByTicket">True: the server knew it by its ticket (RFC 5077); false: by its session ID.</param>
/// <param name="AuthenticatedAt">When the server proved who it is.</param>
public sealed record SessionResumed(bool ByTicket, DateTimeOffset AuthenticatedAt) : TlsEvent;

/// <summary>A line for a key log file (SSLKEYLOGFILE): "CLIENT_RANDOM …". Secret: with it the capture can be read.</summary>
/// <param name="Line">Without a line feed.</param>
public sealed record KeyLogged(string Line) : TlsEvent
{
    /// <summary>Hides the secret from logs that print events.</summary>
    public override string ToString() => "KeyLogged { CLIENT_RANDOM … }";
}

/// <summary>A Finished of the server was compared with what it had to be (RFC 5246 7.4.9).</summary>
/// <param name="VerifyData">The 12 bytes, equal on both sides.</param>
public sealed record FinishedChecked(ReadOnlyMemory<byte> VerifyData) : TlsEvent;

/// <summary>The handshake is complete: application data may flow.</summary>
/// <param name="Session">What was agreed.</param>
public sealed record HandshakeCompleted(TlsSessionInfo Session) : TlsEvent;

/// <summary>Something was wrong, and the connection is at its end. The alert that belongs to it follows, if one is sent.</summary>
/// <param name="Failure">What was wrong and what to try.</param>
public sealed record ConnectionFailed(TlsException Failure) : TlsEvent;

/// <summary>What a completed handshake agreed on.</summary>
/// <param name="CipherSuite">The suite.</param>
/// <param name="Group">The group of the key exchange.</param>
/// <param name="SignatureScheme">How the server signed.</param>
/// <param name="ApplicationProtocol">The ALPN protocol; null when none was agreed.</param>
/// <param name="ExtendedMasterSecret">Whether RFC 7627 is used.</param>
/// <param name="SecureRenegotiation">Whether the server knows RFC 5746. We refuse to renegotiate either way.</param>
/// <param name="Certificate">The server's certificates, verified or waived.</param>
public sealed record TlsSessionInfo(
    TlsCipherSuite CipherSuite, NamedGroup Group, SignatureScheme SignatureScheme, string? ApplicationProtocol,
    bool ExtendedMasterSecret, bool SecureRenegotiation, CertificateVerified Certificate)
{
    /// <summary>Whether an earlier session went on: its certificates, group and signature are told here again, they were not checked anew.</summary>
    public bool Resumed { get; init; }

    /// <summary>The certificate that the client showed; null when the server did not ask, when none fits, and in a resumption, where the server remembers it.</summary>
    public TlsClientCertificate? ClientCertificate { get; init; }

    /// <summary>Whether the server gave a session to remember: a ticket or a session ID; in a resumption, a renewed ticket. Always false without <see cref="TlsClientOptions.SessionCache"/>.</summary>
    public bool SessionStored { get; init; }
}
