using System.Globalization;
using System.Text;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>One request on a connection of its own.</summary>
internal static class SimpleHttp
{
    /// <summary>Asks for a file.</summary>
    /// <returns>The body: as long as the server says, or up to its close_notify.</returns>
    public static async Task<byte[]> Get(Stream connection, string name)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /{name} HTTP/1.1\r\nHost: {TestAuthority.Host}\r\nConnection: close\r\n\r\n"), cancellation);
        using var answer = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        int start = -1, length = -1;
        while ((length < 0 || answer.Length < start + length) && await connection.ReadAsync(buffer, cancellation) is > 0 and int count)
        {
            answer.Write(buffer, 0, count);
            if (start >= 0) continue;
            ReadOnlySpan<byte> read = answer.GetBuffer().AsSpan(0, (int)answer.Length);
            if (read.IndexOf("\r\n\r\n"u8) is >= 0 and int end)
            {
                start = end + 4;
                length = LengthIn(Encoding.ASCII.GetString(read[..end]));
            }
        }

        Assert.True(start >= 0, $"an answer whose head has no end: \"{Encoding.Latin1.GetString(answer.ToArray())}\"");
        return answer.ToArray()[start..];
    }

    private static int LengthIn(string head)
    {
        Assert.Contains(" 200 ", head.Split("\r\n")[0], StringComparison.Ordinal);
        string? line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? -1 : int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture);
    }
}
