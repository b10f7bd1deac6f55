using System.Security.Cryptography;
using System.Text.Json;

namespace UserTcp.Limbo;

/// <summary>Reads cases: x509-limbo's schema ("testcases"), or an array of chains that public servers sent, whose name is in "host".</summary>
internal static class LimboFile
{
    /// <summary>Reads all cases of a file.</summary>
    /// <exception cref="InvalidDataException">It is neither of the two.</exception>
    internal static IReadOnlyList<LimboCase> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        using JsonDocument document = Parse(file, path);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("testcases", out JsonElement testCases)) root = testCases;
        if (root.ValueKind != JsonValueKind.Array) throw new InvalidDataException($"{path} holds neither \"testcases\" nor an array of chains");
        return [.. root.EnumerateArray().Select(Case)];
    }

    private static JsonDocument Parse(FileStream file, string path)
    {
        try
        {
            return JsonDocument.Parse(file);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    private static LimboCase Case(JsonElement element) => new(
        element.GetProperty("id").GetString()!,
        element.GetProperty("expected_result").GetString()!,
        Optional(element, "validation_kind")?.GetString() == "CLIENT",
        [Der(element.GetProperty("peer_certificate")), .. Ders(element, "untrusted_intermediates")],
        Ders(element, "trusted_certs"),
        Optional(element, "validation_time")?.GetDateTimeOffset(),
        Optional(element, "host")?.GetString() ?? Optional(element, "expected_peer_name")?.GetProperty("value").GetString(),
        Optional(element, "max_chain_depth")?.GetInt32(),
        Ders(element, "crls"));

    private static JsonElement? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) => Optional(element, name) is { } list ? list.EnumerateArray() : default;

    private static byte[][] Ders(JsonElement element, string name) => [.. Items(element, name).Select(Der)];

    private static byte[] Der(JsonElement pem)
    {
        ReadOnlySpan<char> text = pem.GetString();
        return Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data].ToString());
    }
}
