using Org.BouncyCastle.Asn1;

namespace UserTcp.Tls.Certificates;

/// <summary>Object identifiers of strangers as text.</summary>
internal static class ObjectIdentifier
{
    /// <summary>Such as "2.5.29.17".</summary>
    /// <exception cref="FormatException">It is longer than <see cref="TlsBudgets.ObjectIdentifierBytes"/>.</exception>
    internal static string Text(DerObjectIdentifier oid)
    {
        int length = oid.GetEncoded().Length;
        return length <= TlsBudgets.ObjectIdentifierBytes ? oid.Id : throw new FormatException($"an object identifier of {length} octets; up to {TlsBudgets.ObjectIdentifierBytes} are read");
    }
}
