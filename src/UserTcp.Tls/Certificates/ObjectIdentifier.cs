using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;

namespace UserTcp.Tls.Certificates;

/// <summary>Object identifiers of strangers as text.</summary>
internal static class ObjectIdentifier
{
    /// <summary>Such as "2.5.29.17".</summary>
    /// <param name="encoded">Its DER, with tag and length.</param>
    /// <exception cref="FormatException">It is longer than <see cref="TlsBudgets.ObjectIdentifierBytes"/>.</exception>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    internal static string Text(ReadOnlySpan<byte> encoded) => encoded.Length <= TlsBudgets.ObjectIdentifierBytes
        ? AsnDecoder.ReadObjectIdentifier(encoded, AsnEncodingRules.DER, out _)
        : throw new FormatException($"an object identifier of {encoded.Length} octets; up to {TlsBudgets.ObjectIdentifierBytes} are read");

    /// <summary>The same of one that BouncyCastle read.</summary>
    internal static string Text(DerObjectIdentifier oid) => Text(oid.GetEncoded());
}
