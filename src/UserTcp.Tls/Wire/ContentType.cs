namespace UserTcp.Tls.Wire;

/// <summary>What a record carries (RFC 5246 6.2.1).</summary>
public enum ContentType : byte
{
#pragma warning disable CS1591 // The names are the RFC's.
    ChangeCipherSpec = 20,
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,
#pragma warning restore CS1591
}
