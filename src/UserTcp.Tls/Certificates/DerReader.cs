using System.Formats.Asn1;
using System.Text.Unicode;

namespace UserTcp.Tls.Certificates;

/// <summary>Reads the elements of a DER structure one after the other (X.690). What it gives out are slices of the octets that it reads; nothing is copied.</summary>
/// <remarks>Every method throws <see cref="AsnContentException"/> when the next element is not what is asked for, or not DER.</remarks>
/// <param name="octets">The elements.</param>
internal struct DerReader(ReadOnlyMemory<byte> octets)
{
    /// <summary>How deep a value of any type may be nested: real ones have three levels, and each costs stack.</summary>
    private const int MaxDepth = 16;
    private const byte Constructed = 0x20;      // X.690 8.1.2.5

    private ReadOnlyMemory<byte> _rest = octets;

    internal readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The number of the context-specific tag that comes next; null for any other tag and at the end.</summary>
    internal readonly int? NextContextTag => !AtEnd && Asn1Tag.Decode(_rest.Span, out _) is { TagClass: TagClass.ContextSpecific, TagValue: var number } ? number : null;

    /// <summary>Reads the only element that there is.</summary>
    internal static DerReader Sequence(ReadOnlyMemory<byte> element)
    {
        var outer = new DerReader(element);
        DerReader sequence = outer.ReadSequence();
        outer.End();
        return sequence;
    }

    internal readonly bool NextIs(UniversalTagNumber type) => !AtEnd && Asn1Tag.Decode(_rest.Span, out _).HasSameClassAndValue(new Asn1Tag(type));

    /// <summary>The content of a SEQUENCE, or of another constructed element with its tag: an implicit SEQUENCE, an explicit anything.</summary>
    internal DerReader ReadSequence(int? contextTag = null)
    {
        Asn1Tag tag = Expect(contextTag, UniversalTagNumber.Sequence);
        AsnDecoder.ReadSequence(_rest.Span, AsnEncodingRules.DER, out int offset, out int length, out int consumed, tag);
        return new DerReader(Take(consumed).Slice(offset, length));
    }

    /// <summary>The content of a SET OF, in whatever order: authorities are not careful with that of their names.</summary>
    internal DerReader ReadSet()
    {
        Expect(null, UniversalTagNumber.Set);
        AsnDecoder.ReadSetOf(_rest.Span, AsnEncodingRules.DER, out int offset, out int length, out int consumed, skipSortOrderValidation: true);
        return new DerReader(Take(consumed).Slice(offset, length));
    }

    /// <summary>An element with its tag and length, whatever it holds.</summary>
    internal ReadOnlyMemory<byte> ReadElement()
    {
        AsnDecoder.ReadEncodedValue(_rest.Span, AsnEncodingRules.DER, out _, out _, out int consumed);
        return Take(consumed);
    }

    /// <summary>An element with its tag and length, of a type that is not known: its content is what the tag says, at every depth.</summary>
    internal ReadOnlyMemory<byte> ReadAny(int depth = 0)
    {
        var tag = Asn1Tag.Decode(_rest.Span, out _);
        if (depth > MaxDepth) throw new AsnContentException($"more than {MaxDepth} levels of structures");
        ReadOnlyMemory<byte> element = _rest;
        if (!tag.IsConstructed)
        {
            if (tag.TagClass == TagClass.Universal) CheckPrimitive((UniversalTagNumber)tag.TagValue);
            else ReadElement();
        }
        else if (tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is not (UniversalTagNumber.Sequence or UniversalTagNumber.Set))
        {
            throw new AsnContentException($"a constructed {(UniversalTagNumber)tag.TagValue}");    // X.690 10.2
        }
        else
        {
            AsnDecoder.ReadEncodedValue(_rest.Span, AsnEncodingRules.DER, out int offset, out int length, out int consumed);
            var inner = new DerReader(Take(consumed).Slice(offset, length));
            while (!inner.AtEnd) inner.ReadAny(depth + 1);
        }
        return element[..^_rest.Length];
    }

    /// <summary>An OBJECT IDENTIFIER with its tag and length, to compare, or for <see cref="ObjectIdentifier.Text(ReadOnlySpan{byte})"/>.</summary>
    internal ReadOnlyMemory<byte> ReadObjectIdentifier(int? contextTag = null)
    {
        Expect(contextTag, UniversalTagNumber.ObjectIdentifier);
        if ((_rest.Span[0] & Constructed) != 0) throw new AsnContentException("an object identifier in parts");
        AsnDecoder.ReadEncodedValue(_rest.Span, AsnEncodingRules.DER, out int offset, out int length, out int consumed);
        bool between = true;    // two numbers
        foreach (byte octet in _rest.Span.Slice(offset, length))
        {
            if (between && octet == 0x80) throw new AsnContentException("an object identifier with a leading zero");    // X.690 8.19.2
            between = octet < 0x80;
        }
        return between && length > 0 ? Take(consumed) : throw new AsnContentException("an object identifier without an end");
    }

    /// <summary>The content of an INTEGER: big endian, in two's complement, as short as can be.</summary>
    internal ReadOnlyMemory<byte> ReadInteger(int? contextTag = null)
    {
        int length = AsnDecoder.ReadIntegerBytes(_rest.Span, AsnEncodingRules.DER, out int consumed, Expect(contextTag, UniversalTagNumber.Integer)).Length;
        return Take(consumed)[^length..];
    }

    internal bool ReadBoolean()
    {
        bool value = AsnDecoder.ReadBoolean(_rest.Span, AsnEncodingRules.DER, out int consumed);
        Take(consumed);
        return value;
    }

    internal ReadOnlyMemory<byte> ReadOctetString(int? contextTag = null)
    {
        if (!AsnDecoder.TryReadPrimitiveOctetString(_rest.Span, AsnEncodingRules.DER, out ReadOnlySpan<byte> value, out int consumed, Expect(contextTag, UniversalTagNumber.OctetString)))
            throw new AsnContentException("an octet string in parts");
        return Take(consumed)[^value.Length..];
    }

    /// <summary>The octets of a BIT STRING.</summary>
    /// <param name="unusedBits">How many bits of the last one do not belong to it; they are zero.</param>
    /// <param name="contextTag">The tag, when it is not its own.</param>
    internal ReadOnlyMemory<byte> ReadBitString(out int unusedBits, int? contextTag = null)
    {
        if (!AsnDecoder.TryReadPrimitiveBitString(_rest.Span, AsnEncodingRules.DER, out unusedBits, out ReadOnlySpan<byte> value, out int consumed, Expect(contextTag, UniversalTagNumber.BitString)))
            throw new AsnContentException("a bit string in parts");
        return Take(consumed)[^value.Length..];
    }

    /// <summary>The octets of a BIT STRING that consists of whole ones.</summary>
    internal ReadOnlyMemory<byte> ReadWholeOctets()
    {
        ReadOnlyMemory<byte> octets = ReadBitString(out int unusedBits);
        return unusedBits == 0 ? octets : throw new AsnContentException($"a bit string with {unusedBits} unused bits");
    }

    /// <summary>A UTCTime or a GeneralizedTime (RFC 5280 4.1.2.5).</summary>
    internal DateTimeOffset ReadTime()
    {
        // RFC 5280 4.1.2.5.1: two digits from 50 on are of the last century
        DateTimeOffset time = NextIs(UniversalTagNumber.UtcTime)
            ? AsnDecoder.ReadUtcTime(_rest.Span, AsnEncodingRules.DER, out int consumed, twoDigitYearMax: 2049)
            : AsnDecoder.ReadGeneralizedTime(_rest.Span, AsnEncodingRules.DER, out consumed);
        Take(consumed);
        return time;
    }

    /// <summary>There is nothing more.</summary>
    internal readonly void End()
    {
        if (!AtEnd) throw new AsnContentException($"{_rest.Length} octets too many");
    }

    /// <summary>The tag that must come next; throws when it does not.</summary>
    private readonly Asn1Tag Expect(int? contextTag, UniversalTagNumber type)
    {
        Asn1Tag wanted = contextTag is { } number ? new(TagClass.ContextSpecific, number) : new(type);
        if (AtEnd) throw new AsnContentException($"nothing where {Name(wanted)} is wanted");
        var seen = Asn1Tag.Decode(_rest.Span, out _);
        return seen.HasSameClassAndValue(wanted) ? wanted : throw new AsnContentException($"{Name(seen)} where {Name(wanted)} is wanted");
    }

    private static string Name(Asn1Tag tag) => tag switch
    {
        { TagClass: TagClass.Universal, TagValue: (int)UniversalTagNumber.Sequence } => "SEQUENCE",
        { TagClass: TagClass.Universal, TagValue: (int)UniversalTagNumber.Set } => "SET",
        { TagClass: TagClass.Universal } => $"{(UniversalTagNumber)tag.TagValue}",
        _ => $"[{tag.TagClass} {tag.TagValue}]",
    };

    private void CheckPrimitive(UniversalTagNumber type)
    {
        switch (type)
        {
            case UniversalTagNumber.Boolean:
                ReadBoolean();
                break;
            case UniversalTagNumber.Integer:
                ReadInteger();
                break;
            case UniversalTagNumber.Enumerated:
                AsnDecoder.ReadEnumeratedBytes(_rest.Span, AsnEncodingRules.DER, out int consumed);
                Take(consumed);
                break;
            case UniversalTagNumber.BitString:
                ReadBitString(out _);
                break;
            case UniversalTagNumber.Null:
                AsnDecoder.ReadNull(_rest.Span, AsnEncodingRules.DER, out consumed);
                Take(consumed);
                break;
            case UniversalTagNumber.ObjectIdentifier:
                ReadObjectIdentifier();
                break;
            case UniversalTagNumber.UtcTime or UniversalTagNumber.GeneralizedTime:
                ReadTime();
                break;
            case UniversalTagNumber.OctetString or UniversalTagNumber.UTF8String or (>= UniversalTagNumber.NumericString and <= UniversalTagNumber.IA5String)
                or (>= UniversalTagNumber.GraphicString and <= UniversalTagNumber.UniversalString) or UniversalTagNumber.BMPString:
                AsnDecoder.ReadEncodedValue(_rest.Span, AsnEncodingRules.DER, out int offset, out int length, out consumed);
                if (type == UniversalTagNumber.UTF8String && !Utf8.IsValid(_rest.Span.Slice(offset, length))) throw new AsnContentException("a UTF8String that is not UTF-8");
                // Characters of two and four octets (X.690 8.23.3): BMPString, UniversalString.
                if (length % (type == UniversalTagNumber.BMPString ? 2 : type == UniversalTagNumber.UniversalString ? 4 : 1) != 0)
                    throw new AsnContentException($"a {type} of {length} octets");
                Take(consumed);
                break;
            default:
                throw new AsnContentException($"a primitive {type}");    // SEQUENCE and SET never are (X.690 8.9.1, 8.11.1); the others are not in use
        }
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        ReadOnlyMemory<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
