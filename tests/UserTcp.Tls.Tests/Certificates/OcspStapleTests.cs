using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class OcspStapleTests
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    private static readonly TestCertificate TrustedRoot = Root();
    private static readonly TestCertificate Issuer = TrustedRoot.Intermediate();
    private static readonly TestCertificate Server = Issuer.Server();
    private static readonly TestResponder Responder = new(Issuer);

    // RFC 7633 6: SEQUENCE { INTEGER 5 }
    private static readonly X509Extension TlsFeature = new("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], false);

    [Fact, Rfc("6960", "3.2")]
    public void The_issuers_own_response_is_good()
    {
        Assert.Null(Failure(Responder));
        Assert.Null(Failure(Responder with { ByKey = true }));
        Assert.Null(Failure(Responder with { IdHash = HashAlgorithmName.SHA256 }));
    }

    [Fact, Rfc("6960", "2.2")]
    public void Revoked_and_unknown_are_refused()
    {
        Assert.Equal(TlsError.CertificateRevoked, Failure(Responder with { Status = 1 })!.Error);
        Assert.Equal(TlsError.CertificateStatusInvalid, Failure(Responder with { Status = 2 })!.Error);
    }

    [Fact, Rfc("6960", "3.2")]
    public void Times_are_judged_with_five_minutes_for_clocks_that_differ()
    {
        Assert.Null(Failure(Responder with { NextUpdate = Now.AddMinutes(-4) }));
        Breaks("nextUpdate", Responder with { NextUpdate = Now.AddMinutes(-6) });
        Assert.Null(Failure(Responder with { ThisUpdate = Now.AddMinutes(4) }));
        Breaks("thisUpdate", Responder with { ThisUpdate = Now.AddMinutes(6), NextUpdate = Now.AddHours(1) });
        Breaks("no nextUpdate", Responder with { NextUpdate = null });
    }

    [Fact, Rfc("6960", "3.2")]
    public void It_must_be_about_the_servers_certificate()
    {
        Breaks("1 other certificates", Responder with { About = Issuer.Server() });
        TestCertificate namesake = TrustedRoot.Intermediate("Intermediate", new Shape { IsAuthority = true, Key = EcKey("namesake") });
        Breaks("1 other certificates", Responder with { Issuer = namesake });
    }

    [Fact]
    public void A_signature_that_the_responder_did_not_make_is_refused() => Breaks("a signature", Responder with { BadSignature = true });

    [Fact, Rfc("6960", "4.2.2.2")]
    public void A_responder_needs_the_issuers_word()
    {
        TestCertificate good = Issuer.Server(new Shape { Subject = "CN=responder", Purposes = [OcspSigning], Key = EcKey("responder") });
        Assert.Null(Failure(Responder with { Delegate = good }));
        Assert.Null(Failure(Responder with { Delegate = good, ByKey = true }));

        Breaks("whose certificate is not in it", Responder with { Delegate = good, WithoutCertificate = true });
        Breaks("may not sign OCSP", Responder with { Delegate = Issuer.Server(new Shape { Subject = "CN=responder" }) });
        Breaks("may not sign OCSP", Responder with { Delegate = Issuer.Server(new Shape { Subject = "CN=responder", Purposes = null }) });
        Breaks("another authority certified", Responder with { Delegate = TrustedRoot.Server(new Shape { Subject = "CN=responder", Purposes = [OcspSigning] }) });
        Breaks("in whose certificate", Responder with { Delegate = Issuer.Server(new Shape { Subject = "CN=responder", Purposes = [OcspSigning], NotAfter = Now.AddDays(-1) }) });
        TestCertificate impostor = Root("Intermediate", new Shape { Key = EcKey("impostor") });
        Breaks("the issuer did not sign", Responder with { Delegate = impostor.Server(new Shape { Subject = "CN=responder", Purposes = [OcspSigning] }) });
    }

    [Fact, Rfc("6960", "4.2.1")]
    public void An_error_of_the_responder_is_no_answer() => Breaks("status is 3", Responder with { ResponseStatus = 3 });

    [Fact]
    public void Octets_that_are_no_response_are_refused()
    {
        byte[] good = Responder.Respond(Server);
        for (int length = 1; length < good.Length; length += 7)
            Assert.Equal(TlsError.CertificateStatusInvalid, Verify(Server, good[..length]).Failure!.Error);
    }

    [Fact]
    public void Mutated_responses_are_never_good_and_never_throw()
    {
        byte[] good = Responder.Respond(Server);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 0x41;
            ChainVerdict verdict = Verify(Server, bad);
            Assert.True(verdict.Failure?.Error is TlsError.CertificateStatusInvalid or TlsError.CertificateRevoked, $"octet {i}: {verdict.Failure?.Error}");
        }
    }

    [Fact, Rfc("7633", "4.2.3.1")]
    public void A_certificate_that_promises_a_staple_is_refused_without()
    {
        TestCertificate mustStaple = Issuer.Server(new Shape { Extra = [TlsFeature] });

        Assert.Equal(TlsError.CertificateStatusMissing, Verify(mustStaple, []).Failure!.Error);
        Assert.Null(Verify(mustStaple, Responder.Respond(mustStaple)).Failure);
        Assert.Null(Verify(Server, []).Failure);
        Assert.Null(ChainVerifier.Verify(new ServerEvidence([mustStaple.Der, Issuer.Der]), Question).Failure);     // nobody asked for it
    }

    private static ChainQuestion Question => new(CertificateCheckTests.Anchors([TrustedRoot]), Now);

    private static void Breaks(string seen, TestResponder responder)
    {
        Finding failure = Failure(responder)!;
        Assert.Equal(TlsError.CertificateStatusInvalid, failure.Error);
        Assert.Contains(seen, failure.Check.Seen, StringComparison.Ordinal);
    }

    private static Finding? Failure(TestResponder responder) => Verify(Server, responder.Respond(Server)).Failure;

    private static ChainVerdict Verify(TestCertificate server, byte[] staple) =>
        ChainVerifier.Verify(new ServerEvidence([server.Der, Issuer.Der], StatusRequested: true, staple), Question);
}
