using System.Diagnostics.CodeAnalysis;

namespace UserTcp.Tls.Wire;

/// <summary>The content of a handshake message, parsed: one derived record per message of RFC 5246 7.4.</summary>
/// <remarks>Equality of derived records compares their buffers by reference; compare <see cref="ToArray"/> for content.</remarks>
public abstract record HandshakeBody
{
    /// <summary>Length of the type and length in front of each message, in bytes.</summary>
    public const int HeaderSize = 4;

    private protected HandshakeBody() { }

    /// <summary>Which message this is.</summary>
    public abstract HandshakeType Type { get; }

    /// <summary>The whole message: type, length, body.</summary>
    public byte[] ToArray()
    {
        var writer = new TlsWriter(256);
        writer.WriteByte((byte)Type);
        int mark = writer.OpenVector(3);
        WriteBody(ref writer);
        writer.CloseVector(mark, 3);
        return writer.ToArray();
    }

    internal abstract void WriteBody(ref TlsWriter writer);

    /// <summary>Reads the body of one message. Total: false and the first thing that is wrong, never an exception.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="body">What follows the four bytes of type and length.</param>
    /// <param name="message">The parsed message.</param>
    /// <param name="error"><see cref="TlsError.UnexpectedMessage"/> for an unknown type, else what is malformed.</param>
    public static bool TryParse(HandshakeType type, ReadOnlySpan<byte> body, [NotNullWhen(true)] out HandshakeBody? message, out TlsError error)
    {
        var reader = new TlsReader(body);
        error = TlsError.DecodeError;
        switch (type)
        {
            case HandshakeType.HelloRequest: message = new HelloRequest(); break;
            case HandshakeType.ClientHello: message = ClientHello.Read(ref reader, ref error); break;
            case HandshakeType.ServerHello: message = ServerHello.Read(ref reader, ref error); break;
            case HandshakeType.NewSessionTicket: message = NewSessionTicket.Read(ref reader); break;
            case HandshakeType.Certificate: message = CertificateMessage.Read(ref reader); break;
            case HandshakeType.ServerKeyExchange: message = ServerKeyExchange.Read(ref reader, ref error); break;
            case HandshakeType.CertificateRequest: message = CertificateRequest.Read(ref reader); break;
            case HandshakeType.ServerHelloDone: message = new ServerHelloDone(); break;
            case HandshakeType.ClientKeyExchange: message = ClientKeyExchange.Read(ref reader); break;
            case HandshakeType.Finished: message = Finished.Read(ref reader); break;
            case HandshakeType.CertificateVerify: message = CertificateVerify.Read(ref reader); break;
            case HandshakeType.CertificateStatus: message = CertificateStatus.Read(ref reader); break;
            default:
                message = null;
                error = TlsError.UnexpectedMessage;
                break;
        }
        if (message is null) return false;
        error = reader.AtEnd ? TlsError.None : TlsError.TrailingData;
        if (error != TlsError.None) message = null;
        return message is not null;
    }
}
