using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>OpenSSL's OCSP responder.</summary>
internal static class OcspResponder
{
    /// <summary>Has openssl answer about the leaf in the name of its issuer.</summary>
    /// <returns>The file with the response.</returns>
    public static async Task<string> Staple(this TapLab lab, ServerCertificate certificate, bool revoked = false)
    {
        X509Certificate2 issuer = certificate.Intermediates[0];
        string authority = lab.WriteFile("pem", issuer.ExportCertificatePem()), leaf = lab.WriteFile("pem", certificate.Leaf.ExportCertificatePem());
        string key = lab.WriteFile("key", new ServerCertificate(issuer).KeyPem);
        string until = $"{certificate.Leaf.NotAfter.ToUniversalTime():yyMMddHHmmss}Z", since = revoked ? $"{DateTime.UtcNow.AddDays(-1):yyMMddHHmmss}Z" : "";
        string index = lab.WriteFile("txt", $"{(revoked ? 'R' : 'V')}\t{until}\t{since}\t{certificate.Leaf.SerialNumber}\tunknown\t/CN=Interop server\n");
        string response = lab.WriteFile("der", "");
        ChildProcess responder = lab.Start(lab.Namespace, "openssl", "ocsp", "-index", index, "-CA", authority, "-rsigner", authority, "-rkey", key,
            "-issuer", authority, "-cert", leaf, "-ndays", "1", "-respout", response, "-noverify");
        Assert.True(await responder.WaitForExit() == 0, responder.Log);
        return response;
    }
}
