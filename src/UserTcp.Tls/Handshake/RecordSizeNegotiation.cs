using System.Buffers.Binary;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Records of less than 16384 bytes, as either end wants them: record_size_limit (RFC 8449) and its forerunner max_fragment_length (RFC 6066 4).</summary>
internal static class RecordSizeNegotiation
{
    /// <summary>RFC 8449 4: nobody may ask for less.</summary>
    internal const int Smallest = 64;

    /// <summary>RFC 6066 4: codes 1 to 4.</summary>
    private static readonly int[] FragmentLengths = [512, 1024, 2048, 4096];

    /// <summary>What the client offers: always its limit, and the forerunner when that can say the same.</summary>
    internal static IEnumerable<TlsExtension> Offer(int limit)
    {
        yield return new TlsExtension(ExtensionType.RecordSizeLimit, new[] { (byte)(limit >> 8), (byte)limit });
        int code = Array.IndexOf(FragmentLengths, limit) + 1;
        if (code > 0) yield return new TlsExtension(ExtensionType.MaxFragmentLength, new[] { (byte)code });
    }

    /// <summary>What the two agreed on; null when the server answered neither extension.</summary>
    /// <exception cref="TlsException">The answer is malformed or may not be.</exception>
    internal static RecordSizes? Check(ClientHello offer, ServerHello answer)
    {
        TlsExtension? limit = Find(answer.Extensions, ExtensionType.RecordSizeLimit), fragment = Find(answer.Extensions, ExtensionType.MaxFragmentLength);
        if (limit is not null && fragment is not null)      // RFC 8449 5
            throw new TlsException(TlsError.RecordSize, "the server answered record_size_limit and max_fragment_length; one of them is wanted");
        if (limit is { } theirs)
        {
            var reader = new TlsReader(theirs.Data.Span);
            if (!reader.TryReadUInt16(out ushort size) || !reader.AtEnd) throw ServerHelloExtensions.Malformed(theirs);
            if (size < Smallest)
                throw new TlsException(TlsError.RecordSize, $"the server takes records of {size} bytes; at least {Smallest} are wanted");
            // An answer that nobody asked for was refused before.
            int ours = Find(offer.Extensions, ExtensionType.RecordSizeLimit) is { } own ? BinaryPrimitives.ReadUInt16BigEndian(own.Data.Span) : RecordLimits.Plaintext;
            return new RecordSizes(Math.Min((int)size, RecordLimits.Plaintext), ours, WithSession: false);
        }
        if (fragment is { } echo)
        {
            if (echo.Data.Span is not [byte code]) throw ServerHelloExtensions.Malformed(echo);
            // RFC 6066 4: the server takes it or leaves it.
            if (Find(offer.Extensions, ExtensionType.MaxFragmentLength) is not { } asked || !asked.Data.Span.SequenceEqual(echo.Data.Span))
                throw new TlsException(TlsError.RecordSize, $"the server answered max_fragment_length with code {code}; that of the offer is wanted");
            int length = FragmentLengths[code - 1];
            return new RecordSizes(length, length, WithSession: true);
        }
        return null;
    }

    private static TlsExtension? Find(IReadOnlyList<TlsExtension> extensions, ExtensionType type)
    {
        foreach (TlsExtension extension in extensions)
        {
            if (extension.Type == type) return extension;
        }
        return null;
    }
}
