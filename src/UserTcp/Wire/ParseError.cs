namespace UserTcp.Wire;

/// <summary>The first thing that is wrong with some bytes. Parsers return it; they never throw.</summary>
public enum ParseError
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>Fewer bytes than the fixed part of the format has.</summary>
    Truncated,

    /// <summary>A version field that is not the format's.</summary>
    Version,

    /// <summary>A header length below the minimum or beyond the bytes that are there.</summary>
    HeaderLength,

    /// <summary>A length field that contradicts the bytes that are there.</summary>
    Length,

    /// <summary>A checksum that does not match.</summary>
    Checksum,

    /// <summary>An option whose length field is impossible.</summary>
    Option,

    /// <summary>A hardware type, address length or operation that is not Ethernet's.</summary>
    HardwareType,

    /// <summary>A field with a value that the format forbids.</summary>
    Value,

    /// <summary>A domain name that is too long, points forwards or in a circle, or has a bad label.</summary>
    Name,
}
