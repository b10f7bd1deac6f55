using System.Net;
using System.Numerics;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace UserTcp.Tls.Certificates;

/// <summary>The forms of a GeneralName; the values are its tags (RFC 5280 4.2.1.6).</summary>
internal enum NameForm
{
    OtherName = 0,
    Email = 1,
    Dns = 2,
    X400Address = 3,
    Directory = 4,
    EdiPartyName = 5,
    Uri = 6,
    IpAddress = 7,
    RegisteredId = 8,
}

/// <summary>One name of subjectAltName, or the base of one name constraint.</summary>
/// <param name="Form">Which of the following holds it.</param>
/// <param name="Text">E-mail address, DNS name or URI as it is written in the certificate; empty otherwise.</param>
/// <param name="Octets">The IP address: 4 or 16 bytes, twice that in a constraint (address and mask). Not validated.</param>
/// <param name="Directory">The directory name.</param>
internal sealed record AlternativeName(NameForm Form, string Text, byte[] Octets, DistinguishedName? Directory)
{
    /// <summary>Longest mailbox: 64 octets, the sign, 255 octets (RFC 5321 4.5.3.1). What is longer names nobody, and would be slow to compare.</summary>
    internal const int MaxMailboxLength = 64 + 1 + 255;

    /// <summary>Takes over a parsed name; throws when its content is not what its form says.</summary>
    internal static AlternativeName From(GeneralName name)
    {
        var form = (NameForm)name.TagNo;
        return form switch
        {
            NameForm.Email or NameForm.Dns or NameForm.Uri => new(form, ((DerIA5String)name.Name).GetString(), [], null),
            NameForm.IpAddress => new(form, "", ((Asn1OctetString)name.Name).GetOctets(), null),
            NameForm.Directory => new(form, "", [], DistinguishedName.Read(name.Name.GetEncoded(Asn1Encodable.Der))),
            _ => new(form, "", [], null),
        };
    }

    /// <summary>Whether it is well formed as the base of a name constraint, for the forms whose constraints are processed.</summary>
    /// <remarks>RFC 5280 4.2.1.10 writes a DNS subtree as a host; the leading dot that private authorities put before it is taken for "only below".</remarks>
    internal bool IsSubtree => Form switch
    {
        NameForm.Dns => Text.Length == 0 || HostNameMatcher.IsDnsName(Text.StartsWith('.') ? Text[1..] : Text),
        NameForm.Email => Text.Length <= MaxMailboxLength && Text.Count(c => c == '@') <= 1,
        NameForm.IpAddress => Octets.Length is 8 or 32 && IsMask(Octets.AsSpan(Octets.Length / 2)),
        _ => true,
    };

    /// <summary>Such as "DNS:example.com" or "IP:192.0.2.1".</summary>
    public override string ToString() => Form switch
    {
        NameForm.Dns => $"DNS:{Printable.Text(Text)}",
        NameForm.Email => $"email:{Printable.Text(Text)}",
        NameForm.Uri => $"URI:{Printable.Text(Text)}",
        NameForm.IpAddress when Octets.Length is 4 or 16 => $"IP:{new IPAddress(Octets)}",
        NameForm.IpAddress when Octets.Length is 8 or 32 =>
            $"IP:{new IPAddress(Octets.AsSpan(0, Octets.Length / 2))}/{new IPAddress(Octets.AsSpan(Octets.Length / 2))}",
        NameForm.IpAddress => $"IP:#{Printable.Text(Convert.ToHexString(Octets))}",
        NameForm.Directory => $"DirName:{Directory}",
        _ => Form.ToString(),
    };

    /// <summary>RFC 4632 3.1: ones, then zeros.</summary>
    private static bool IsMask(ReadOnlySpan<byte> mask)
    {
        BigInteger zeros = (BigInteger.One << (8 * mask.Length)) - 1 - new BigInteger(mask, isUnsigned: true, isBigEndian: true);
        return (zeros & (zeros + 1)).IsZero;
    }
}

/// <summary>The nameConstraints of an authority (RFC 5280 4.2.1.10).</summary>
/// <param name="Permitted">For each form that occurs here, a name must lie in one of these.</param>
/// <param name="Excluded">No name may lie in one of these.</param>
internal sealed record NameSubtrees(IReadOnlyList<AlternativeName> Permitted, IReadOnlyList<AlternativeName> Excluded);
