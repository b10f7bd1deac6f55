using System.Buffers;
using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Text;

namespace UserTcp.Tls.Certificates;

/// <summary>The name of a subject or issuer (RFC 5280 4.1.2.4). Its parts are made into text when they are shown or compared with a name of other octets.</summary>
/// <remarks>RFC 5280 7.1: strings are equal when they are so without regard to their ASN.1 type, to case and to the amount of white space.</remarks>
internal sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    private static readonly Dictionary<string, string> Types = new()
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "street",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["1.2.840.113549.1.9.1"] = "emailAddress",
    };

    private const int FoldedOnStack = 256;

    private string[]? _relativeNames;
    private string? _display;
    private string[]? _commonNames, _emailAddresses;
    private int _hash;

    private DistinguishedName(ReadOnlyMemory<byte> der) => Der = der;

    /// <summary>The name as it was read.</summary>
    internal ReadOnlyMemory<byte> Der { get; }

    internal bool IsEmpty => DerReader.Sequence(Der).AtEnd;

    /// <summary>The commonName attributes as they are written.</summary>
    internal IReadOnlyList<string> CommonNames => _commonNames ??= [.. Attributes().Where(a => a.Type.Span is [6, 3, 0x55, 4, 3]).Select(a => Text(a.Value.Span)).OfType<string>()];

    /// <summary>The emailAddress attributes; e-mail name constraints apply to them (RFC 5280 4.2.1.10).</summary>
    internal IReadOnlyList<string> EmailAddresses => _emailAddresses ??=
        [.. Attributes().Where(a => a.Type.Span is [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]).Select(a => Text(a.Value.Span)).OfType<string>()];

    private string[] RelativeNames => _relativeNames ??= [.. Attributes().GroupBy(a => a.RelativeName, (_, attributes) =>
        string.Join('\0', attributes.Select(Canonical).Order(StringComparer.Ordinal)))];     // the attributes of one relative name are a set

    /// <summary>Reads a DER encoded Name, which nobody changes afterwards.</summary>
    /// <param name="der">The name.</param>
    /// <param name="checkValues">Whether each value must be what its tag says. Without, what is no text becomes question marks or the like.</param>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    /// <exception cref="FormatException">An object identifier is too long.</exception>
    internal static DistinguishedName Read(ReadOnlyMemory<byte> der, bool checkValues = true)
    {
        DerReader names = DerReader.Sequence(der);
        while (!names.AtEnd)
        {
            DerReader set = names.ReadSet();
            if (checkValues && set.AtEnd) throw new AsnContentException("a relative name without attributes");    // RFC 5280 4.1.2.4: SIZE (1..MAX)
            while (!set.AtEnd)
            {
                (ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> value) = ReadAttribute(ref set);
                if (checkValues) new DerReader(value).ReadAny();
                // Below id-at, where the usual ones are, a number under 128 is well formed.
                if (type.Span is not [6, 3, 0x55, 4, < 0x80]) ObjectIdentifier.Text(type.Span);
            }
        }
        return new DistinguishedName(der);
    }

    /// <summary>Reads a DER encoded Name; null when it is malformed.</summary>
    internal static DistinguishedName? TryRead(ReadOnlyMemory<byte> der, bool checkValues = true)
    {
        try
        {
            return Read(der, checkValues: false);
        }
        catch (Exception malformed) when (malformed is AsnContentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>True when this name lies in the subtree, that is begins with its relative names (RFC 5280 4.2.1.10).</summary>
    internal bool IsWithin(DistinguishedName subtree) =>
        RelativeNames.AsSpan().StartsWith(subtree.RelativeNames);

    // An issuer is nearly always written with the very octets of the subject that it names.
    public bool Equals(DistinguishedName? other) => other is not null
        && (Der.Span.SequenceEqual(other.Der.Span) || (GetHashCode() == other.GetHashCode() && RelativeNames.AsSpan().SequenceEqual(other.RelativeNames)));

    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    /// <summary>Of what is compared, without making it into strings.</summary>
    public override int GetHashCode()
    {
        if (_hash != 0) return _hash;
        var hash = new HashCode();
        DerReader names = DerReader.Sequence(Der);
        while (!names.AtEnd)
        {
            DerReader set = names.ReadSet();
            int attributes = 0;
            while (!set.AtEnd)
            {
                (ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> value) = ReadAttribute(ref set);
                attributes += Hash(type.Span, value.Span);      // in whatever order
            }
            hash.Add(attributes);
        }
        _hash = hash.ToHashCode();
        return _hash;
    }

    public override string ToString() => _display ??= IsEmpty ? "(empty name)"
        // RFC 4514 2.1: the most specific first
        : Printable.Text(string.Join(',', Attributes().GroupBy(a => a.RelativeName, (_, attributes) => string.Join('+', attributes.Select(Shown))).Reverse()));

    private static (ReadOnlyMemory<byte> Type, ReadOnlyMemory<byte> Value) ReadAttribute(ref DerReader set)
    {
        DerReader attribute = set.ReadSequence();
        ReadOnlyMemory<byte> type = attribute.ReadObjectIdentifier();
        ReadOnlyMemory<byte> value = attribute.ReadElement();
        attribute.End();
        return (type, value);
    }

    /// <summary>The attributes in their order, and the number of the relative name to which each belongs.</summary>
    private List<(int RelativeName, ReadOnlyMemory<byte> Type, ReadOnlyMemory<byte> Value)> Attributes()
    {
        var attributes = new List<(int, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>();
        DerReader names = DerReader.Sequence(Der);
        for (int number = 0; !names.AtEnd; number++)
        {
            DerReader set = names.ReadSet();
            while (!set.AtEnd)
            {
                (ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> value) = ReadAttribute(ref set);
                attributes.Add((number, type, value));
            }
        }
        return attributes;
    }

    private static string Canonical((int RelativeName, ReadOnlyMemory<byte> Type, ReadOnlyMemory<byte> Value) attribute)
    {
        string? text = Text(attribute.Value.Span);
        return $"{ObjectIdentifier.Text(attribute.Type.Span)}={(text is null ? Convert.ToHexString(attribute.Value.Span) : Fold(text))}";
    }

    private static string Shown((int RelativeName, ReadOnlyMemory<byte> Type, ReadOnlyMemory<byte> Value) attribute)
    {
        string type = ObjectIdentifier.Text(attribute.Type.Span);
        return $"{Types.GetValueOrDefault(type, type)}={Escape(Text(attribute.Value.Span) ?? "#" + Convert.ToHexString(attribute.Value.Span))}";
    }

    private static int Hash(ReadOnlySpan<byte> type, ReadOnlySpan<byte> value)
    {
        var hash = new HashCode();
        hash.AddBytes(type);
        if (Characters(value, out ReadOnlySpan<byte> content) is not { } encoding)
        {
            hash.AddBytes(value);
            return hash.ToHashCode();
        }
        int size = encoding.GetMaxCharCount(content.Length);
        char[]? rented = 2 * size > FoldedOnStack ? ArrayPool<char>.Shared.Rent(2 * size) : null;
        Span<char> characters = rented ?? stackalloc char[FoldedOnStack];
        int length = Collapse(characters[..encoding.GetChars(content, characters)]);
        Span<char> folded = characters.Slice(size, length);
        characters[..length].ToUpperInvariant(folded);
        hash.AddBytes(MemoryMarshal.AsBytes(folded));
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return hash.ToHashCode();
    }

    private static string? Text(ReadOnlySpan<byte> value) => Characters(value, out ReadOnlySpan<byte> content)?.GetString(content);

    /// <summary>How the characters of a string are encoded, and its content; null when it is not a string.</summary>
    private static Encoding? Characters(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> content)
    {
        Asn1Tag tag = AsnDecoder.ReadEncodedValue(value, AsnEncodingRules.DER, out int offset, out int length, out _);
        content = value.Slice(offset, length);
        if (tag.TagClass != TagClass.Universal || tag.IsConstructed) return null;
        return (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.UTF8String => Encoding.UTF8,
            UniversalTagNumber.BMPString => Encoding.BigEndianUnicode,
            UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.TeletexString
                or UniversalTagNumber.VisibleString or UniversalTagNumber.NumericString => Encoding.Latin1,
            _ => null,
        };
    }

    // RFC 4518 2.2 and 2.6.1, as far as names in certificates need it
    private static string Fold(string text)
    {
        char[] characters = text.ToCharArray();
        return new string(characters, 0, Collapse(characters)).ToUpperInvariant();
    }

    /// <summary>Leaves one space where there is white space between other characters. The length of what is left.</summary>
    private static int Collapse(Span<char> text)
    {
        int length = 0;
        bool gap = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                gap = length > 0;
                continue;
            }
            if (gap) text[length++] = ' ';
            text[length++] = c;
            gap = false;
        }
        return length;
    }

    // RFC 4514 2.4
    private static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char c in text) (c is ',' or '+' or '"' or '\\' or '<' or '>' or ';' ? result.Append('\\') : result).Append(c);
        return result.ToString();
    }
}
