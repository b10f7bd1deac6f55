using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>Handshake messages: the first byte is the type, the others are the body.</summary>
/// <remarks>A parser answers with a message or an error, and what it accepts it writes back byte for byte, so nothing is overlooked.</remarks>
internal sealed class MessageTarget : FuzzTarget
{
    public override string Name => "message";

    protected override long MostAllocated => 16 * 1024;

    // A list of empty certificates: an array and a place in a list for each three bytes.
    protected override long AllocatedPerByte => 64;

    public override IReadOnlyList<byte[]> Seeds() => [.. HandshakeSamples.Messages.Select(message => (byte[])[(byte)message.Type, .. message.ToArray()[HandshakeBody.HeaderSize..]])];

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return "empty";
        var type = (HandshakeType)input[0];
        ReadOnlySpan<byte> body = input[1..];
        bool accepted = HandshakeBody.TryParse(type, body, out HandshakeBody? message, out TlsError error);
        Must(accepted == message is not null && accepted == (error == TlsError.None), $"accepted: {accepted}, error: {error}");
        if (message is null) return $"{type} {error}";

        IReadOnlyList<TlsExtension>? extensions = (message as ServerHello)?.Extensions ?? (message as ClientHello)?.Extensions;
        // An empty extension block may be written as two zero bytes or left out: the one encoding that is not unique.
        if (extensions is { Count: 0 }) return $"{type} without extensions";
        Must(body.SequenceEqual(message.ToArray().AsSpan(HandshakeBody.HeaderSize)), $"{type} is written back as {Convert.ToHexStringLower(message.ToArray())}");
        foreach (TlsExtension extension in extensions ?? [])
            Must(!extension.Describe().Any(c => c is < ' ' or '\u007f'), $"the description of {extension.Type} holds a control character");
        return type.ToString();
    }
}
