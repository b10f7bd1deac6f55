using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Text;

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
internal sealed class AlternativeName
{
    /// <summary>Longest mailbox: 64 octets, the sign, 255 octets (RFC 5321 4.5.3.1). What is longer names nobody, and would be slow to compare.</summary>
    internal const int MaxMailboxLength = 64 + 1 + 255;

    private string? _text;

    internal AlternativeName(NameForm form, ReadOnlyMemory<byte> octets = default, DistinguishedName? directory = null) => (Form, Octets, Directory) = (form, octets, directory);

    /// <summary>Which of the following holds it.</summary>
    internal NameForm Form { get; }

    /// <summary>E-mail address, DNS name or URI as it is written in the certificate; empty otherwise. What is not ASCII is a question mark, which no name has.</summary>
    internal string Text => _text ??= Form is NameForm.Email or NameForm.Dns or NameForm.Uri ? Encoding.ASCII.GetString(Octets.Span) : "";

    /// <summary>The octets of the text, or the IP address: 4 or 16 bytes, twice that in a constraint (address and mask). Not validated.</summary>
    internal ReadOnlyMemory<byte> Octets { get; }

    /// <summary>The directory name.</summary>
    internal DistinguishedName? Directory { get; }

    /// <summary>A name that stands in the subject: itself, or an e-mail address in it.</summary>
    internal static AlternativeName Of(DistinguishedName subject) => new(NameForm.Directory, directory: subject);

    /// <inheritdoc cref="Of(DistinguishedName)"/>
    internal static AlternativeName Of(string mailbox) => new(NameForm.Email) { _text = mailbox };

    /// <summary>Reads the next name; throws when its content is not what its form says.</summary>
    internal static AlternativeName Read(ref DerReader names)
    {
        if (names.NextContextTag is not { } tag) throw new AsnContentException("no GeneralName");
        var form = (NameForm)tag;
        switch (form)
        {
            case NameForm.Email or NameForm.Dns or NameForm.Uri or NameForm.IpAddress:
                return new(form, names.ReadOctetString(tag));    // IMPLICIT IA5String or OCTET STRING
            case NameForm.Directory:
                return new(form, directory: DistinguishedName.Read(ReadExplicit(ref names, tag)));
            case NameForm.OtherName or NameForm.X400Address:
                DerReader fields = names.ReadSequence(tag);
                while (!fields.AtEnd) fields.ReadAny();
                break;
            case NameForm.EdiPartyName:
                ReadEdiPartyName(names.ReadSequence(tag));
                break;
            case NameForm.RegisteredId:
                names.ReadObjectIdentifier(tag);
                break;
            default:
                throw new AsnContentException($"a GeneralName with tag [{tag}]");
        }
        return new(form);
    }

    /// <summary>The element in an explicit tag, when it is the only one.</summary>
    private static ReadOnlyMemory<byte> ReadExplicit(ref DerReader names, int tag)
    {
        DerReader inner = names.ReadSequence(tag);
        ReadOnlyMemory<byte> element = inner.ReadAny();
        inner.End();
        return element;
    }

    // RFC 5280 4.2.1.6: nameAssigner [0] OPTIONAL and partyName [1], each a CHOICE and therefore explicit
    private static void ReadEdiPartyName(DerReader parties)
    {
        if (parties.NextContextTag == 0) ReadExplicit(ref parties, 0);
        ReadExplicit(ref parties, 1);
        parties.End();
    }

    /// <summary>Whether it is well formed as the base of a name constraint, for the forms whose constraints are processed.</summary>
    /// <remarks>RFC 5280 4.2.1.10 writes a DNS subtree as a host; the leading dot that private authorities put before it is taken for "only below".</remarks>
    internal bool IsSubtree => Form switch
    {
        NameForm.Dns => Text.Length == 0 || HostNameMatcher.IsDnsName(Text.StartsWith('.') ? Text[1..] : Text),
        NameForm.Email => Text.Length <= MaxMailboxLength && Text.Count(c => c == '@') <= 1,
        NameForm.IpAddress => Octets.Length is 8 or 32 && IsMask(Octets.Span[(Octets.Length / 2)..]),
        _ => true,
    };

    /// <summary>Such as "DNS:example.com" or "IP:192.0.2.1".</summary>
    public override string ToString() => Form switch
    {
        NameForm.Dns => $"DNS:{Printable.Text(Text)}",
        NameForm.Email => $"email:{Printable.Text(Text)}",
        NameForm.Uri => $"URI:{Printable.Text(Text)}",
        NameForm.IpAddress when Octets.Length is 4 or 16 => $"IP:{new IPAddress(Octets.Span)}",
        NameForm.IpAddress when Octets.Length is 8 or 32 =>
            $"IP:{new IPAddress(Octets.Span[..(Octets.Length / 2)])}/{new IPAddress(Octets.Span[(Octets.Length / 2)..])}",
        NameForm.IpAddress => $"IP:#{Printable.Text(Convert.ToHexString(Octets.Span))}",
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
