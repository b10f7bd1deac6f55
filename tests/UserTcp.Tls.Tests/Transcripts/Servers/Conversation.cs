namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>What is said once a connection stands.</summary>
/// <param name="Request">The client's words.</param>
/// <param name="ReplyEnd">How the server's answer ends.</param>
internal sealed record Conversation(string Request, string ReplyEnd)
{
    /// <summary>With what sends back what it gets.</summary>
    internal static Conversation Echo { get; } = new("hello\n", "hello\n");

    /// <summary>With openssl s_server -rev, which turns lines round.</summary>
    internal static Conversation Reverse { get; } = new("hello\n", "olleh\n");

    /// <summary>With a web server.</summary>
    internal static Conversation Http { get; } = new("GET /hello HTTP/1.0\r\nHost: server.test\r\n\r\n", "\r\n\r\nhello\n");
}
