using System.Security.Cryptography;
using System.Text.Json;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>Cases and chains from elsewhere, in the folder that USERTCP_DATA names.</summary>
internal static class TestData
{
    public static JsonDocument Load(string file)
    {
        string? folder = Environment.GetEnvironmentVariable("USERTCP_DATA");
        Assert.SkipUnless(folder is not null && File.Exists(Path.Combine(folder, file)), $"Needs {file}: set USERTCP_DATA to the folder that holds it.");
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(folder!, file)));
    }

    public static byte[] Der(JsonElement pem)
    {
        ReadOnlySpan<char> text = pem.GetString();
        PemFields fields = PemEncoding.Find(text);
        return Convert.FromBase64String(text[fields.Base64Data].ToString());
    }

    /// <summary>The server's certificate and then the others, as a server would send them.</summary>
    public static IReadOnlyList<byte[]> Chain(JsonElement testCase) =>
        [Der(testCase.GetProperty("peer_certificate")), .. testCase.GetProperty("untrusted_intermediates").EnumerateArray().Select(Der)];

    public static IReadOnlyList<byte[]> Anchors(JsonElement testCase) => [.. testCase.GetProperty("trusted_certs").EnumerateArray().Select(Der)];
}
