using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>Bytes that look random and are the same every time, on every version of .NET: SHA-256 of 0, 1, 2, …</summary>
internal sealed class TranscriptRandom
{
    private readonly byte[] _block = new byte[SHA256.HashSizeInBytes];
    private uint _counter;
    private int _used = SHA256.HashSizeInBytes;

    internal void Fill(Span<byte> destination)
    {
        foreach (ref byte value in destination)
        {
            if (_used == _block.Length) Next();
            value = _block[_used++];
        }
    }

    private void Next()
    {
        Span<byte> counter = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(counter, _counter++);
        SHA256.HashData(counter, _block);
        _used = 0;
    }
}
