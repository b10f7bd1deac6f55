using System.Text;

namespace UserTcp.Cli.Lesson;

/// <summary>What the lesson server answers.</summary>
/// <param name="Status">Status code and reason, such as "200 OK".</param>
/// <param name="Headers">Further header lines, each "Name: value".</param>
/// <param name="Body">The body.</param>
internal sealed record LessonPage(string Status, IReadOnlyList<string> Headers, ReadOnlyMemory<byte> Body)
{
    private const string Html = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>It arrived</title></head>
        <body>
        <h1>It arrived</h1>
        <p>This page crossed a TCP connection and a TLS 1.2 session that one process made by itself:
        the SYN, every sequence number, the key exchange and the four segments of the close.</p>
        </body>
        </html>

        """;

    /// <summary>The one page of the lesson, for whatever path is asked.</summary>
    public static LessonPage ItArrived { get; } = new("200 OK", ["Content-Type: text/html; charset=utf-8"], Encoding.UTF8.GetBytes(Html));

    /// <summary>The whole answer as bytes, so that a small one is one TLS record and one segment.</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder($"HTTP/1.1 {Status}\r\nServer: usertcp-lesson\r\nContent-Length: {Body.Length}\r\n");
        foreach (string header in Headers)
            head.Append(header).Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. Body.Span];
    }
}
