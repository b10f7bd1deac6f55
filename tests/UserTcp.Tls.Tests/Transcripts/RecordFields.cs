using System.Buffers.Binary;
using System.Net.Security;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>A field of a record. Bytes are counted from the record's first.</summary>
internal sealed record RecordField(string Name, int Start, int Length, bool IsLength);

/// <summary>Names the fields of a client's record, each vector's length included, as RFC 5246 names them. Never fails: what does not fit is one last field.</summary>
internal static class RecordFields
{
    internal static IReadOnlyList<RecordField> Of(byte[] record, bool isProtected)
    {
        var walk = new Walk(record);
        ContentType type = (ContentType)walk.Take("record type", 1);
        walk.Take("record version", 2);
        walk.Length("record", 2);
        if (isProtected) walk.Rest("protected content");
        else if (type == ContentType.Handshake) Handshake(ref walk);
        else walk.Rest($"{type}");
        return walk.Fields;
    }

    private static void Handshake(ref Walk walk)
    {
        var type = (HandshakeType)walk.Take("handshake type", 1);
        walk.Length($"{type}", 3);
        if (type == HandshakeType.ClientHello) ClientHello(ref walk);
        else walk.Rest($"body of {type}");
    }

    private static void ClientHello(ref Walk walk)
    {
        walk.Take("client_version", 2);
        walk.Take("random", UserTcp.Tls.Wire.ClientHello.RandomSize);
        walk.Take("session_id", walk.Length("session_id", 1));
        int suites = walk.Length("cipher_suites", 2) / 2;
        for (int i = 0; i < suites; i++) walk.Take(code => $"cipher_suites[{i}] {((TlsCipherSuite)code).Name()}", 2);
        walk.Take("compression_methods", walk.Length("compression_methods", 1));
        walk.Length("extensions", 2);
        while (!walk.AtEnd)
        {
            string name = "";
            walk.Take(code => name = $"extension {((ExtensionType)code).Name()}", 2);
            walk.Take(name, walk.Length(name, 2));
        }
    }

    private ref struct Walk(byte[] record)
    {
        private int _at;

        internal List<RecordField> Fields { get; } = [];

        internal readonly bool AtEnd => _at >= record.Length;

        internal int Take(string name, int count) => Take(_ => name, count);

        /// <summary>A field whose name depends on its value; returns the value of those of up to four bytes.</summary>
        internal int Take(Func<int, string> name, int count) => Add(name, count, isLength: false);

        internal int Length(string of, int count) => Add(_ => $"the length of {of}", count, isLength: true);

        internal void Rest(string name) => Take(name, record.Length - _at);

        private int Add(Func<int, string> name, int count, bool isLength)
        {
            count = Math.Min(count, record.Length - _at);
            if (count <= 0) return 0;
            Span<byte> value = stackalloc byte[sizeof(int)];
            value.Clear();
            if (count <= value.Length) record.AsSpan(_at, count).CopyTo(value[^count..]);
            int number = BinaryPrimitives.ReadInt32BigEndian(value);
            Fields.Add(new RecordField(name(number), _at, count, isLength));
            _at += count;
            return number;
        }
    }
}
