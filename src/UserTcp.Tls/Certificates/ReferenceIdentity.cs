using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Tls.Certificates;

/// <summary>Whom the caller wants to talk to: a DNS name or an IP address (RFC 9525 6.1.1).</summary>
/// <param name="DnsName">The name in lower case, as A-labels, without trailing dot; empty for an address.</param>
/// <param name="Address">The address; null for a name.</param>
internal sealed record ReferenceIdentity(string DnsName, IPAddress? Address)
{
    /// <summary>Reads what a user or a URL calls the host. Null when it is neither a DNS name nor an IP address.</summary>
    internal static ReferenceIdentity? Parse(string host)
    {
        string bare = host is ['[', .., ']'] ? host[1..^1] : host;
        // IPAddress.TryParse alone would also take "1" and "0x7f.1" for addresses, which RFC 3986 3.2.2 does not.
        if ((bare.Contains(':', StringComparison.Ordinal) || IsDottedQuad(bare)) && IPAddress.TryParse(bare, out IPAddress? address))
            return new ReferenceIdentity("", address);
        string name = host.EndsWith('.') ? host[..^1] : host;      // an absolute name is the same name
        try
        {
            if (!System.Text.Ascii.IsValid(name)) name = new IdnMapping().GetAscii(name);    // RFC 9525 6.3: compared as A-labels
        }
        catch (ArgumentException)
        {
            return null;
        }
        return HostNameMatcher.IsDnsName(name) ? new ReferenceIdentity(name.ToLowerInvariant(), null) : null;
    }

    public override string ToString() => Address?.ToString() ?? DnsName;

    private static bool IsDottedQuad(string text) =>
        text.Count(c => c == '.') == 3 && text.All(c => char.IsAsciiDigit(c) || c == '.')
        && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork;
}
