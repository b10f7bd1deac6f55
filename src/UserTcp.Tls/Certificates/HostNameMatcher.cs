namespace UserTcp.Tls.Certificates;

/// <summary>Matches the names that a certificate presents with the one that was asked for (RFC 9525 6).</summary>
/// <remarks>Only subjectAltName counts; the common name of the subject is never looked at (RFC 9525 1.1 and 2).</remarks>
internal static class HostNameMatcher
{
    /// <summary>Labels that must follow a wildcard: one for a top-level domain would be a certificate for all of it.
    /// OpenSSL, curl and browsers ask the same.</summary>
    private const int LabelsAfterWildcard = 2;

    private const int MaxNameLength = 253;      // RFC 1035 2.3.4: 255 octets on the wire
    private const int MaxLabelLength = 63;      // RFC 1035 2.3.4

    /// <summary>True when one of the presented names is the host's.</summary>
    internal static bool Matches(ReferenceIdentity reference, IEnumerable<AlternativeName> presented) => presented.Any(name => Matches(reference, name));

    private static bool Matches(ReferenceIdentity reference, AlternativeName presented) => presented.Form switch
    {
        // RFC 9525 6.4: the octets are equal; a name is never compared with an address.
        NameForm.IpAddress => reference.Address is not null && reference.Address.GetAddressBytes().AsSpan().SequenceEqual(presented.Octets.Span),
        NameForm.Dns => reference.Address is null && MatchesDns(reference.DnsName, presented.Text),
        _ => false,
    };

    private static bool MatchesDns(string reference, string presented)
    {
        if (!presented.StartsWith("*.", StringComparison.Ordinal))
            return IsDnsName(presented) && string.Equals(reference, presented, StringComparison.OrdinalIgnoreCase);    // RFC 9525 6.3
        // RFC 9525 6.3: the wildcard is the complete left-most label and stands for exactly one label.
        string parent = presented[2..];
        int dot = reference.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && IsDnsName(parent) && parent.Count(c => c == '.') + 1 >= LabelsAfterWildcard
            && string.Equals(reference[(dot + 1)..], parent, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True for a DNS name of letters, digits, hyphens and underscores, without trailing dot.</summary>
    /// <remarks>RFC 1123 2.1 has no underscores in host names, yet container networks give them to their hosts.</remarks>
    internal static bool IsDnsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.Split('.').All(label =>
            label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
