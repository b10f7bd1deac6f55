using System.Net.Sockets;
using System.Security.Cryptography;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>The kernel's end of a transfer that lasts as long as something else, with the SHA-256 of all its bytes.</summary>
internal static class HashedTransfer
{
    /// <summary>Sends until it is told to end, and closes.</summary>
    public static async Task<(long Bytes, byte[] Hash)> Send(Socket socket, CancellationToken end, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 << 10];
        var random = new Random(1);
        long bytes = 0;
        while (!end.IsCancellationRequested)
        {
            random.NextBytes(buffer);
            hash.AppendData(buffer);
            for (int at = 0; at < buffer.Length;) at += await socket.SendAsync(buffer.AsMemory(at), cancellation);
            bytes += buffer.Length;
        }
        socket.Shutdown(SocketShutdown.Send);
        return (bytes, hash.GetHashAndReset());
    }

    /// <summary>Receives to the end.</summary>
    public static async Task<(long Bytes, byte[] Hash)> Receive(Socket socket, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 << 10];
        long bytes = 0;
        int count;
        while ((count = await socket.ReceiveAsync(buffer, cancellation)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            bytes += count;
        }
        return (bytes, hash.GetHashAndReset());
    }
}
