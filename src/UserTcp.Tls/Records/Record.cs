using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>A record that came in, protection off.</summary>
/// <param name="Type">What it carries.</param>
/// <param name="Plaintext">Its content, in the reader's buffer: valid until the next record is read.</param>
/// <param name="Range">Where it lies in the server's stream.</param>
internal readonly record struct Record(ContentType Type, ReadOnlyMemory<byte> Plaintext, TlsStreamRange Range);
