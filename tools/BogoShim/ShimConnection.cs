using System.Text;
using UserTcp.Tls;

namespace UserTcp.BogoShim;

/// <summary>One connection from the shim's identity to the end: handshake, checks, echo, closing.</summary>
internal sealed class ShimConnection(ShimFlags flags, ConnectionOptions options, bool isResumption)
{
    /// <summary>Bytes read at a time: fewer than a record's, so that one record takes several reads.</summary>
    private const int ReadSize = 512;

    internal async Task RunAsync()
    {
        TlsClientOptions tlsOptions = options.Of(flags);
        ShimSocket socket = await ShimSocket.ConnectAsync(flags);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(socket, tlsOptions);
        Expectations.Check(flags, tls.Session, options.Recorder, isResumption);
        if (flags.ExportedLength > 0) await tls.WriteAsync(Export(tls));
        if (flags.SendsAlert)
        {
            await tls.AbortAsync(TlsAlert.DecompressionFailure);
            return;
        }
        if (flags.WritesFirst) await tls.WriteAsync("hello"u8.ToArray());
        bool closedByPeer = !flags.ShutsDown && await EchoAsync(tls);
        if (flags.CheckCloseNotify) await CloseAsync(tls, closedByPeer);
    }

    private byte[] Export(TlsClientStream tls) => flags.ExportsWithContext
        ? tls.ExportKeyingMaterial(flags.ExportLabel, Encoding.ASCII.GetBytes(flags.ExportContext), flags.ExportedLength)
        : tls.ExportKeyingMaterial(flags.ExportLabel, flags.ExportedLength);

    /// <summary>Sends everything back inverted until the runner is done. True when it said close_notify.</summary>
    private static async Task<bool> EchoAsync(TlsClientStream tls)
    {
        byte[] buffer = new byte[ReadSize];
        try
        {
            while (await tls.ReadAsync(buffer) is > 0 and int count)
            {
                for (int i = 0; i < count; i++) buffer[i] ^= 0xff;
                await tls.WriteAsync(buffer.AsMemory(0, count));
            }
            return true;
        }
        catch (TlsException e) when (e.Error == TlsError.UnexpectedEof)
        {
            return false;
        }
    }

    /// <summary>Ends our side and wants the runner's end. The sentences are those that the runner looks for.</summary>
    private static async Task CloseAsync(TlsClientStream tls, bool closedByPeer)
    {
        await tls.ShutdownAsync();
        if (closedByPeer) return;
        try
        {
            if (await tls.ReadAsync(new byte[1]) > 0) throw new ExpectationException(":APPLICATION_DATA_ON_SHUTDOWN:");
        }
        catch (TlsException e) when (e.Error == TlsError.UnexpectedEof)
        {
            throw new ExpectationException("Unexpected SSL_shutdown result: -1 != 1");
        }
    }
}
