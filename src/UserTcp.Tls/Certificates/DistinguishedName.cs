using System.Formats.Asn1;
using System.Text;

namespace UserTcp.Tls.Certificates;

/// <summary>The name of a subject or issuer (RFC 5280 4.1.2.4), in the form in which names are compared.</summary>
/// <remarks>RFC 5280 7.1: strings are equal when they are so without regard to their ASN.1 type, to case and to the amount of white space.</remarks>
internal sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    private static readonly Dictionary<string, string> Types = new()
    {
        [CommonNameType] = "CN",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "street",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        [EmailAddressType] = "emailAddress",
    };

    private const string CommonNameType = "2.5.4.3";
    private const string EmailAddressType = "1.2.840.113549.1.9.1";

    private readonly string[] _relativeNames;
    private readonly string _display;

    private DistinguishedName(ReadOnlyMemory<byte> der, string[] relativeNames, string display, IReadOnlyList<string> commonNames, IReadOnlyList<string> emailAddresses)
    {
        Der = der;
        _relativeNames = relativeNames;
        _display = display;
        CommonNames = commonNames;
        EmailAddresses = emailAddresses;
    }

    /// <summary>The name as it was read.</summary>
    internal ReadOnlyMemory<byte> Der { get; }

    internal bool IsEmpty => _relativeNames.Length == 0;

    /// <summary>The commonName attributes as they are written.</summary>
    internal IReadOnlyList<string> CommonNames { get; }

    /// <summary>The emailAddress attributes; e-mail name constraints apply to them (RFC 5280 4.2.1.10).</summary>
    internal IReadOnlyList<string> EmailAddresses { get; }

    /// <summary>Reads a DER encoded Name.</summary>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    internal static DistinguishedName Read(ReadOnlyMemory<byte> der)
    {
        var relativeNames = new List<string>();
        var display = new List<string>();
        var commonNames = new List<string>();
        var emails = new List<string>();
        AsnReader sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            AsnReader set = sequence.ReadSetOf(skipSortOrderValidation: true);
            var canonical = new List<string>();
            var shown = new List<string>();
            while (set.HasData)
            {
                AsnReader attribute = set.ReadSequence();
                string type = attribute.ReadObjectIdentifier();
                ReadOnlyMemory<byte> value = attribute.ReadEncodedValue();
                attribute.ThrowIfNotEmpty();
                string? text = Text(value);
                canonical.Add($"{type}={(text is null ? Convert.ToHexString(value.Span) : Fold(text))}");
                shown.Add($"{Types.GetValueOrDefault(type, type)}={Escape(text ?? "#" + Convert.ToHexString(value.Span))}");
                if (type == CommonNameType && text is not null) commonNames.Add(text);
                if (type == EmailAddressType && text is not null) emails.Add(text);
            }
            canonical.Sort(StringComparer.Ordinal);     // the attributes of one relative name are a set
            relativeNames.Add(string.Join('\0', canonical));
            display.Add(string.Join('+', shown));
        }
        display.Reverse();      // RFC 4514 2.1: the most specific first
        return new DistinguishedName(der, [.. relativeNames], Printable.Text(string.Join(',', display)), commonNames, emails);
    }

    /// <summary>Reads a DER encoded Name; null when it is malformed.</summary>
    internal static DistinguishedName? TryRead(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Read(der);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>True when this name lies in the subtree, that is begins with its relative names (RFC 5280 4.2.1.10).</summary>
    internal bool IsWithin(DistinguishedName subtree) =>
        _relativeNames.AsSpan().StartsWith(subtree._relativeNames);

    public bool Equals(DistinguishedName? other) => other is not null && _relativeNames.AsSpan().SequenceEqual(other._relativeNames);

    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (string name in _relativeNames) hash.Add(name, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    public override string ToString() => IsEmpty ? "(empty name)" : _display;

    private static string? Text(ReadOnlyMemory<byte> value)
    {
        Asn1Tag tag = AsnDecoder.ReadEncodedValue(value.Span, AsnEncodingRules.DER, out int offset, out int length, out _);
        ReadOnlySpan<byte> content = value.Span.Slice(offset, length);
        if (tag.TagClass != TagClass.Universal || tag.IsConstructed) return null;
        return (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.UTF8String => Encoding.UTF8.GetString(content),
            UniversalTagNumber.BMPString => Encoding.BigEndianUnicode.GetString(content),
            UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.TeletexString
                or UniversalTagNumber.VisibleString or UniversalTagNumber.NumericString => Encoding.Latin1.GetString(content),
            _ => null,
        };
    }

    // RFC 4518 2.2 and 2.6.1, as far as names in certificates need it
    private static string Fold(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();

    // RFC 4514 2.4
    private static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char c in text) (c is ',' or '+' or '"' or '\\' or '<' or '>' or ';' ? result.Append('\\') : result).Append(c);
        return result.ToString();
    }
}
