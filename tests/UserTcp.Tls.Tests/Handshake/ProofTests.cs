using System.Reflection;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Handshake;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Application data needs three proofs, and only the code that did the check can make one.</summary>
public class ProofTests
{
    [Theory]
    [InlineData(typeof(CertificateVerified))]
    [InlineData(typeof(SignatureVerified))]
    [InlineData(typeof(FinishedVerified))]
    public void A_proof_is_sealed_and_has_no_constructor_for_others(Type proof)
    {
        Assert.True(proof.IsSealed);
        Assert.All(proof.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic), constructor => Assert.True(constructor.IsPrivate));
    }

    [Fact]
    public void Traffic_is_not_reached_without_proofs()
    {
        ConstructorInfo constructor = Assert.Single(typeof(Traffic).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic));
        TargetInvocationException thrown = Assert.Throws<TargetInvocationException>(() => constructor.Invoke([null, new AgreedKeys(null!, null!, null!, null!, null!, null), null, false]));
        Assert.IsType<ArgumentNullException>(thrown.InnerException);
    }
}
