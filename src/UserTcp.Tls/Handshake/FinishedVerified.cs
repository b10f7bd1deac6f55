using System.Security.Cryptography;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Proof that the server has the same keys and saw the same handshake. RFC 5246 7.4.9</summary>
internal sealed class FinishedVerified
{
    private FinishedVerified() { }

    /// <summary>Compares the server's verify_data with ours. The transcript must hold everything up to, not including, this Finished.</summary>
    /// <exception cref="TlsException">They differ.</exception>
    internal static FinishedVerified Check(HandshakeContext context, Negotiated negotiated, Finished finished)
    {
        byte[] expected = context.Secrets.VerifyData(negotiated.Suite.Hash, "server finished"u8, context.Transcript.Current());
        if (!CryptographicOperations.FixedTimeEquals(expected, finished.VerifyData.Span))
        {
            throw new TlsException(TlsError.BadFinished, $"the server's verify_data of {finished.VerifyData.Length} bytes is not the one that this handshake gives; "
                + "the 12 bytes were wanted that come of the same keys and the same messages");
        }
        context.Events?.Raise(new FinishedChecked(expected));
        return new FinishedVerified();
    }
}
