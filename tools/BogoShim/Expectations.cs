using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>Compares what was agreed with the test's <c>-expect-</c> flags.</summary>
internal static class Expectations
{
    /// <exception cref="ExpectationException">The first that differs.</exception>
    internal static void Check(ShimFlags flags, TlsSessionInfo session, bool isResumption)
    {
        bool wantResumed = isResumption && !flags.ExpectsSessionMiss;
        Require(session.Resumed == wantResumed, $"resumed is {session.Resumed}, wanted {wantResumed}");
        bool wantStored = !flags.ExpectsNoSession && (!session.Resumed || flags.ExpectsTicketRenewal);
        Require(session.SessionStored == wantStored, $"a new session is {session.SessionStored}, wanted {wantStored}");
        Require((session.ApplicationProtocol ?? "") == flags.ExpectedApplicationProtocol, $"ALPN is {session.ApplicationProtocol}, wanted {flags.ExpectedApplicationProtocol}");
        Require(flags.ExpectedGroup is null || session.Group == flags.ExpectedGroup, $"group is {session.Group.Name()}, wanted {flags.ExpectedGroup?.Name()}");
        Require(flags.ExpectedSignatureScheme is null || session.SignatureScheme == flags.ExpectedSignatureScheme,
            $"signature is {session.SignatureScheme.Name()}, wanted {flags.ExpectedSignatureScheme?.Name()}");
        Require(session.ExtendedMasterSecret || !flags.ExpectsExtendedMasterSecret, "no extended master secret");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ExpectationException(otherwise);
    }
}
