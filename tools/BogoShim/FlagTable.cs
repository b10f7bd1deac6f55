using System.Globalization;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>Every flag that is understood: one row each.</summary>
internal static class FlagTable
{
    private static readonly Dictionary<string, Flag> Flags = new()
    {
        ["-port"] = Value((f, v) => f.Port = Number(v)),
        ["-ipv6"] = Switch(f => f.IPv6 = true),
        ["-shim-id"] = Value((f, v) => f.ShimId = ulong.Parse(v, CultureInfo.InvariantCulture)),
        ["-resume-count"] = Value((f, v) => f.ResumeCount = Number(v)),

        ["-host-name"] = Value((f, v) => f.HostName = v),
        ["-trust-cert"] = Value((f, v) => f.TrustedCertificates = v.Length > 0 ? v : null),
        ["-advertise-alpn"] = Value((f, v) => f.ApplicationProtocols = Protocols(v)),
        ["-curves"] = Value((f, v) => f.Groups.Add((NamedGroup)Number(v))),
        ["-verify-prefs"] = Value((f, v) => f.VerifySchemes.Add((SignatureScheme)Number(v))),

        ["-enable-ocsp-stapling"] = Switch(f => f.OcspStapling = true),
        ["-enable-signed-cert-timestamps"] = Switch(f => f.SignedCertificateTimestamps = true),
        ["-cert-file"] = Value((f, v) => f.CertificateFile = v),
        ["-key-file"] = Value((f, v) => f.KeyFile = v),
        ["-signing-prefs"] = Value((f, v) => f.SigningSchemes.Add((SignatureScheme)Number(v))),

        ["-verify-peer"] = Switch(f => f.VerifyPeer = true),
        ["-verify-fail"] = Switch(f => f.VerifyFails = true),
        ["-use-custom-verify-callback"] = Switch(f => f.CustomVerifyCallback = true),
        ["-use-ocsp-callback"] = Switch(_ => { }),
        ["-fail-ocsp-callback"] = Switch(f => f.OcspCallbackFails = true),

        ["-async"] = Switch(f => f.OneByteAtATime = true),
        ["-check-close-notify"] = Switch(f => f.CheckCloseNotify = true),
        ["-shim-shuts-down"] = Switch(f => f.ShutsDown = true),
        ["-shim-writes-first"] = Switch(f => f.WritesFirst = true),
        ["-send-alert"] = Switch(f => f.SendsAlert = true),
        ["-export-keying-material"] = Value((f, v) => f.ExportedLength = Number(v)),
        ["-export-label"] = Value((f, v) => f.ExportLabel = v),
        ["-export-context"] = Value((f, v) => f.ExportContext = v),
        ["-use-export-context"] = Switch(f => f.ExportsWithContext = true),

        ["-expect-alpn"] = Value((f, v) => f.ExpectedApplicationProtocol = v),
        ["-expect-curve-id"] = Value((f, v) => f.ExpectedGroup = (NamedGroup)Number(v)),
        ["-expect-peer-signature-algorithm"] = Value((f, v) => f.ExpectedSignatureScheme = (SignatureScheme)Number(v)),
        ["-expect-extended-master-secret"] = Switch(f => f.ExpectsExtendedMasterSecret = true),
        ["-expect-ocsp-response"] = Value((f, v) => f.ExpectedOcspResponse = Convert.FromBase64String(v)),
        ["-expect-signed-cert-timestamps"] = Value((f, v) => f.ExpectedTimestamps = Convert.FromBase64String(v)),
        ["-expect-certificate-types"] = Value((f, v) => f.ExpectedCertificateTypes = Convert.FromBase64String(v)),
        ["-expect-client-ca-list"] = Value((f, v) => f.ExpectedAuthorities = v),
        ["-expect-peer-verify-pref"] = Value((f, v) => f.ExpectedPeerVerifySchemes.Add((SignatureScheme)Number(v))),
        ["-expect-peer-cert-file"] = Value((f, v) => f.ExpectedServerCertificates = v),
        ["-expect-session-miss"] = Switch(f => f.ExpectsSessionMiss = true),
        ["-expect-no-session"] = Switch(f => f.ExpectsNoSession = true),
        ["-expect-ticket-renewal"] = Switch(f => f.ExpectsTicketRenewal = true),

        // The connection is made and used in one go, so when the handshake happens makes no difference.
        ["-implicit-handshake"] = Switch(_ => { }),
        ["-no-op-extra-handshake"] = Switch(_ => { }),
        // Verification that succeeded, and that there is no retried hello, is all that can be here.
        ["-expect-verify-result"] = Switch(_ => { }),
        ["-expect-no-hrr"] = Switch(_ => { }),
        // Only TLS 1.2 is spoken: what forbids other versions is true already.
        ["-no-tls13"] = Switch(_ => { }),
        ["-no-tls11"] = Switch(_ => { }),
        ["-no-tls1"] = Switch(_ => { }),
        ["-max-version"] = Value((_, _) => { }),
        ["-min-version"] = Value((_, _) => { }),
    };

    internal static Flag? Find(string name) => Flags.GetValueOrDefault(name);

    private static Flag Switch(Action<ShimFlags> apply) => new(TakesValue: false, (flags, _) => apply(flags));

    private static Flag Value(Action<ShimFlags, string> apply) => new(TakesValue: true, apply);

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    /// <summary>Protocol names with a length of one byte in front of each, as on the wire (RFC 7301 3.1).</summary>
    private static List<string> Protocols(string value)
    {
        var protocols = new List<string>();
        for (int i = 0; i < value.Length; i += 1 + value[i]) protocols.Add(value.Substring(i + 1, value[i]));
        return protocols;
    }

    /// <summary>One flag.</summary>
    /// <param name="TakesValue">Whether the next argument is its value.</param>
    /// <param name="Apply">What it sets; the value is empty when it takes none.</param>
    internal sealed record Flag(bool TakesValue, Action<ShimFlags, string> Apply);
}
