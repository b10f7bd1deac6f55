namespace UserTcp.Tls.Wire;

/// <summary>Protocol versions as they appear on the wire (RFC 5246 6.2.1, A.1).</summary>
public enum TlsVersion : ushort
{
#pragma warning disable CS1591 // The names say it.
    Ssl30 = 0x0300,
    Tls10 = 0x0301,
    Tls11 = 0x0302,
    Tls12 = 0x0303,
    Tls13 = 0x0304,
#pragma warning restore CS1591
}
