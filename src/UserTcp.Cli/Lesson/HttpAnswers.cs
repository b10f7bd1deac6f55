namespace UserTcp.Cli.Lesson;

/// <summary>Answers HTTP requests with pages: reads each request's head, ignores bodies.</summary>
internal static class HttpAnswers
{
    // Generous for a request head; what is longer is not from us.
    private const int LargestRequestHead = 16 * 1024;

    /// <summary>Answers until the client closes its direction or asks for the end (RFC 9112 9.6).</summary>
    public static async Task AnswerAsync(Stream stream, Func<string, LessonPage> site, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[LargestRequestHead];
        int filled = 0;
        bool last = false;
        while (!last)
        {
            int end;
            while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
            {
                int read = filled == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return;
                filled += read;
            }

            string[] lines = System.Text.Encoding.ASCII.GetString(buffer, 0, end).Split("\r\n");
            last = AsksForTheEnd(lines);
            await stream.WriteAsync(site(Path(lines[0])).ToBytes(), cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            buffer.AsSpan(end + 4, filled - end - 4).CopyTo(buffer);
            filled -= end + 4;
        }
    }

    private static bool AsksForTheEnd(string[] lines)
        => lines[0].EndsWith("HTTP/1.0", StringComparison.Ordinal) || lines.Any(line => line.Equals("Connection: close", StringComparison.OrdinalIgnoreCase));

    // "GET /path HTTP/1.1": what is between the first two spaces.
    private static string Path(string requestLine) => requestLine.Split(' ') is [_, string path, ..] ? path : "";
}
