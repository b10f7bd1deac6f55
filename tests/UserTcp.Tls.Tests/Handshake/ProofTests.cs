using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using UserTcp.Tls.Handshake;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Application data needs three proofs, and only the code that did the check can make one: code that tries without is compiled here, and must not compile.</summary>
public class ProofTests
{
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>What is honest compiles, so that nothing below fails for another reason.</summary>
    [Theory]
    [InlineData("Traffic Reach(HandshakeContext context, AgreedKeys keys, FinishedVerified finished) => new Traffic(context, keys, finished, false);")]
    [InlineData("FinishedVerified Earn(HandshakeContext context, Negotiated negotiated, Finished theirs) => FinishedVerified.Check(context, negotiated, theirs);")]
    [InlineData("SignatureVerified Earn(HandshakeContext c, Negotiated n, CertificateVerified certificate, ServerKeyExchange e) => SignatureVerified.Check(c, n, certificate, e);")]
    [InlineData("CertificateVerified Earn(ServerEvidence evidence, ChainQuestion question) => CertificateVerified.Check(evidence, question, null);")]
    public void Proofs_that_were_earned_compile(string member) => Assert.Empty(Errors(member));

    [Theory]
    // The constructors are private.
    [InlineData("CertificateVerified Forge(ServerPublicKey key, ServerEvidence evidence) => new CertificateVerified([], key, [], evidence, null);", "CS0122")]
    [InlineData("SignatureVerified Forge(ServerKeyExchange exchange) => new SignatureVerified(exchange);", "CS0122")]
    [InlineData("FinishedVerified Forge() => new FinishedVerified();", "CS0122")]
    // There is nothing to derive from.
    [InlineData("class Forged : CertificateVerified { }", "CS0509")]
    [InlineData("class Forged : SignatureVerified { }", "CS0509")]
    [InlineData("class Forged : FinishedVerified { }", "CS0509")]
    // Nothing is no proof.
    [InlineData("Traffic Reach(HandshakeContext context, AgreedKeys keys) => new Traffic(context, keys, null, false);", "CS8625")]
    [InlineData("FinishedVerified Forge() => default;", "CS8603")]
    [InlineData("AgreedKeys Skip(Negotiated n, SignatureVerified s, RecordProtection p) => new AgreedKeys(n, null, s, p, p, null);", "CS8625")]
    [InlineData("AgreedKeys Skip(Negotiated n, CertificateVerified c, RecordProtection p) => new AgreedKeys(n, c, null, p, p, null);", "CS8625")]
    // A proof cannot be left out, nor one be taken for another, nor the order be changed.
    [InlineData("Traffic Reach(HandshakeContext context, AgreedKeys keys) => new Traffic(context, keys, false);", "CS7036")]
    [InlineData("AgreedKeys Skip(Negotiated n, CertificateVerified c, RecordProtection p) => new AgreedKeys(n, c, c, p, p, null);", "CS1503")]
    [InlineData("HandshakeState Skip(HandshakeContext context, Negotiated negotiated) => new ExpectServerKeyExchange(context, negotiated);", "CS7036")]
    // What a resumption takes for proven comes with the session, and that has the proofs.
    [InlineData("ResumableSession Forge(AgreedKeys k, System.DateTimeOffset t) => ResumableSession.Of(k, null, default, default, 0, t, default);", "CS8625")]
    [InlineData("ResumableSession Forge() => new ResumableSession();", "CS1729")]
    public void Proofs_that_were_not_earned_do_not_compile(string member, string error) => Assert.Equal([error], Errors(member));

    [Fact]
    public void Traffic_is_not_reached_without_proofs()
    {
        ConstructorInfo constructor = Assert.Single(typeof(Traffic).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic));
        TargetInvocationException thrown = Assert.Throws<TargetInvocationException>(() => constructor.Invoke([null, new AgreedKeys(null!, null!, null!, null!, null!, null), null, false]));
        Assert.IsType<ArgumentNullException>(thrown.InnerException);
    }

    /// <summary>What silences the compiler's opinion of null, and with it the proofs.</summary>
    [Fact]
    public void Nothing_in_the_library_silences_the_compiler_about_null()
        => Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src", "UserTcp.Tls"), "*.cs", SearchOption.AllDirectories),
            file => File.ReadAllText(file) is string text && (text.Contains("null!", StringComparison.Ordinal) || text.Contains("default!", StringComparison.Ordinal)
                || text.Contains("GetUninitializedObject", StringComparison.Ordinal) || text.Contains("#nullable disable", StringComparison.Ordinal)));

    /// <summary>Compiles a member as a friend of the library's, who sees everything that is internal, with warnings as errors.</summary>
    private static string[] Errors(string member)
    {
        SyntaxTree code = CSharpSyntaxTree.ParseText($$"""
            #nullable enable
            using UserTcp.Tls.Certificates;
            using UserTcp.Tls.Crypto;
            using UserTcp.Tls.Handshake;
            using UserTcp.Tls.Records;
            using UserTcp.Tls.Sessions;
            using UserTcp.Tls.Wire;
            class Friend
            {
                {{member}}
            }
            """);
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, generalDiagnosticOption: ReportDiagnostic.Error, metadataImportOptions: MetadataImportOptions.All);
        CSharpCompilation compilation = CSharpCompilation.Create(typeof(ProofTests).Assembly.GetName().Name, [code], References, options);
        return [.. compilation.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Id).Distinct()];
    }
}
