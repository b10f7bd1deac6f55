using System.Security.Cryptography;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Records;

namespace UserTcp.Tls.Sessions;

/// <summary>What a later connection needs to go on with the keys of an earlier one (RFC 5246 7.3, RFC 5077 3). Owns its copy of the master secret.</summary>
/// <remarks>The proofs that a resumption does not earn anew are in here; there is no session without them.</remarks>
internal sealed class ResumableSession : IDisposable
{
    private readonly byte[] _master;

    private ResumableSession(
        SuiteParameters suite, bool extendedMasterSecret, CertificateVerified certificate, SignatureVerified signature,
        ReadOnlyMemory<byte> id, ReadOnlyMemory<byte> ticket, DateTimeOffset authenticatedAt, DateTimeOffset expires, ReadOnlySpan<byte> master)
    {
        Suite = suite;
        ExtendedMasterSecret = extendedMasterSecret;
        Certificate = certificate;
        Signature = signature;
        Id = id;
        Ticket = ticket;
        AuthenticatedAt = authenticatedAt;
        Expires = expires;
        _master = master.ToArray();
    }

    internal SuiteParameters Suite { get; }

    /// <summary>RFC 7627 5.3: a resumption must agree in this.</summary>
    internal bool ExtendedMasterSecret { get; }

    internal CertificateVerified Certificate { get; }

    internal SignatureVerified Signature { get; }

    /// <summary>The server's name for the session; empty when it gave a ticket instead.</summary>
    internal ReadOnlyMemory<byte> Id { get; }

    /// <summary>The server's own memory of the session, which only it can read; empty when it remembers by <see cref="Id"/>.</summary>
    internal ReadOnlyMemory<byte> Ticket { get; }

    /// <summary>When the full handshake was made, however often it was resumed since.</summary>
    internal DateTimeOffset AuthenticatedAt { get; }

    /// <summary>From then on it is not offered.</summary>
    internal DateTimeOffset Expires { get; }

    /// <summary>Sizes of records that go with the session; null when it has none.</summary>
    internal RecordSizes? RecordSizes { get; private init; }

    internal ReadOnlySpan<byte> Master => _master;

    /// <summary>The session of a handshake that is complete.</summary>
    /// <param name="keys">What was agreed, and who the server is.</param>
    /// <param name="finished">Proof that the server has the same master secret.</param>
    /// <param name="id">How the server will know it again; empty when it gave a ticket.</param>
    /// <param name="ticket">How the server will know it again; empty when it remembers by id.</param>
    /// <param name="lifetimeHint">Seconds; 0 says nothing (RFC 5077 3.3).</param>
    /// <param name="utcNow">The time.</param>
    /// <param name="master">Copied.</param>
    internal static ResumableSession Of(
        AgreedKeys keys, FinishedVerified finished, ReadOnlyMemory<byte> id, ReadOnlyMemory<byte> ticket, uint lifetimeHint, DateTimeOffset utcNow, ReadOnlySpan<byte> master)
    {
        ArgumentNullException.ThrowIfNull(finished);
        // A renewed ticket renews the server's key for it, not the proof of who the server is.
        DateTimeOffset authenticatedAt = keys.Resumed?.AuthenticatedAt ?? utcNow;
        DateTimeOffset expires = authenticatedAt + TlsBudgets.SessionLifetime;
        if (lifetimeHint > 0) expires = Earlier(expires, utcNow + TimeSpan.FromSeconds(lifetimeHint));
        if (keys.Certificate.WaivedReason is null)      // a resumption must not outlive the certificates
            expires = keys.Certificate.Path.Select(certificate => certificate.NotAfter).Aggregate(expires, Earlier);
        return new ResumableSession(keys.Negotiated.Suite, keys.Negotiated.ExtendedMasterSecret, keys.Certificate, keys.Signature, id, ticket, authenticatedAt, expires, master)
        {
            RecordSizes = (keys.Negotiated.RecordSizes ?? keys.Resumed?.RecordSizes) is { WithSession: true } sizes ? sizes : null,
        };
    }

    /// <summary>A copy with an owner of its own.</summary>
    internal ResumableSession Copy() => new(Suite, ExtendedMasterSecret, Certificate, Signature, Id, Ticket, AuthenticatedAt, Expires, _master) { RecordSizes = RecordSizes };

    public void Dispose() => CryptographicOperations.ZeroMemory(_master);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
