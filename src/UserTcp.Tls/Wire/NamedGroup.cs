namespace UserTcp.Tls.Wire;

/// <summary>Groups for the key exchange (RFC 8422 5.1.1; the two high ones for finite fields are RFC 7919's first).</summary>
public enum NamedGroup : ushort
{
#pragma warning disable CS1591 // The names are the RFC's; TlsNames spells them as the RFC does.
    Secp224r1 = 21,
    Secp256r1 = 23,
    Secp384r1 = 24,
    Secp521r1 = 25,
    X25519 = 29,
    X448 = 30,
    Ffdhe2048 = 256,
    Ffdhe3072 = 257,
#pragma warning restore CS1591
}
