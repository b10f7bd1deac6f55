using System.Text;

namespace UserTcp.Tls.Diagnosis;

/// <summary>Recognises a service that speaks something else than TLS by its first bytes: greetings, and answers to a ClientHello taken for a request.</summary>
internal static class ForeignProtocol
{
    private const int MostShown = 48;

    private const string UpgradeAdvice = "There TLS begins only after STARTTLS, which is not spoken here: use the port where it begins at once, ";

    /// <summary>The sentence and what to try.</summary>
    internal static TlsException Explain(ReadOnlySpan<byte> first)
    {
        (string name, string advice) = Recognise(first);
        return new TlsException(TlsError.NotTls, $"the server's first bytes are {name}: {Show(first)}; a TLS record was wanted", advice);
    }

    private static (string Name, string Advice) Recognise(ReadOnlySpan<byte> first) => first switch
    {
        _ when first.StartsWith("HTTP/"u8) => ("HTTP without TLS", "Use http:// on this port, or the port on which the server has HTTPS, usually 443."),
        _ when first.StartsWith("SSH-"u8) => ("SSH's", "This is a port for SSH: use an SSH client, or the port that has TLS."),
        _ when first.StartsWith("220"u8) => ("a greeting of SMTP or FTP", $"{UpgradeAdvice}465 for SMTP, 990 for FTP."),
        _ when first.StartsWith("* OK"u8) => ("a greeting of IMAP", $"{UpgradeAdvice}993 for IMAP."),
        _ when first.StartsWith("+OK"u8) => ("a greeting of POP3", $"{UpgradeAdvice}995 for POP3."),
        _ when first.StartsWith("RFB "u8) => ("a greeting of VNC", "This is a port for VNC: use the port that has TLS."),
        [0, 0, _, 4, _, 0, 0, 0, 0, ..] => ("HTTP/2 without TLS", "Use http:// on this port, or the port on which the server has HTTPS, usually 443."),
        [_, _, 0, 0, 10, ..] => ("a greeting of MySQL", "There TLS begins inside MySQL's own protocol: use a client of that."),
        [0xff, >= 0xfb, ..] => ("Telnet's", "This is a port for Telnet: use the port that has TLS."),
        [0x80, _, 4, ..] => ("an SSL 2.0 SERVER-HELLO", "SSL 2.0 is broken (RFC 6176): have TLS 1.2 switched on at the server."),
        _ => ("not TLS", "Check the port: a service without TLS answers so to a ClientHello."),
    };

    /// <summary>The first line when it is text, else hexadecimal.</summary>
    private static string Show(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MostShown)];
        int line = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> text = line > 0 ? bytes[..line] : bytes;
        return text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) ? Convert.ToHexStringLower(bytes) : $"\"{Encoding.ASCII.GetString(text)}\"";
    }
}
