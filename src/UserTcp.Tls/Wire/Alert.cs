namespace UserTcp.Tls.Wire;

/// <summary>How grave an alert is (RFC 5246 7.2).</summary>
public enum AlertLevel : byte
{
    /// <summary>The connection can go on.</summary>
    Warning = 1,

    /// <summary>The connection ends at once.</summary>
    Fatal = 2,
}

/// <summary>An alert message (RFC 5246 7.2).</summary>
/// <param name="Level">Warning or fatal; other values are kept and refused by the engine.</param>
/// <param name="Description">What happened.</param>
public readonly record struct Alert(AlertLevel Level, TlsAlert Description)
{
    /// <summary>Length of an alert in bytes.</summary>
    public const int Size = 2;

    /// <summary>Reads an alert: exactly two bytes. Never throws.</summary>
    /// <remarks>Nothing forbids several alerts in a record or one in two, but nobody sends that; OpenSSL, Go and BoringSSL refuse it too.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Alert alert)
    {
        alert = bytes.Length == Size ? new Alert((AlertLevel)bytes[0], (TlsAlert)bytes[1]) : default;
        return bytes.Length == Size;
    }

    /// <summary>Writes the alert into the first two bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination) => (destination[0], destination[1]) = ((byte)Level, (byte)Description);
}
