using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>Writes what follows the header of a DNS message; names that occurred before become pointers (RFC 1035 4.1.4).</summary>
internal ref struct DnsWriter(Span<byte> destination)
{
    private const int PointerBits = 0xc000;
    private const int FarthestPointer = 0x3fff;

    private readonly Span<byte> _destination = destination;
    private readonly Dictionary<DnsName, int> _names = [];

    /// <summary>The bytes of the message so far, header included.</summary>
    internal int Length { get; private set; } = DnsHeader.Size;

    /// <summary>Writes the question: always the first, so it fits.</summary>
    internal void Question(in DnsQuestion question)
    {
        int at = Length;
        Name(question.Name, ref at);
        Number(ref at, (ushort)question.Type);
        Number(ref at, question.Class);
        Length = at;
    }

    /// <summary>Writes a record if there is room for it.</summary>
    internal bool TryRecord(in DnsRecord record)
    {
        if (Largest(record) > _destination.Length - Length) return false;
        int at = Length;
        Name(record.Name, ref at);
        Number(ref at, (ushort)record.Type);
        Number(ref at, record.Class);
        BinaryPrimitives.WriteUInt32BigEndian(_destination[at..], record.TimeToLive);
        at += 4;
        int lengthAt = at;
        at += 2;
        switch (record.Type)
        {
            case DnsType.A:
                record.Address.WriteV4(_destination[at..]);
                at += IpAddress.V4Size;
                break;
            case DnsType.Aaaa:
                BinaryPrimitives.WriteUInt64BigEndian(_destination[at..], record.Address.High);
                BinaryPrimitives.WriteUInt64BigEndian(_destination[(at + 8)..], record.Address.Low);
                at += 16;
                break;
            case DnsType.Cname:
                Name(record.Target!, ref at);
                break;
            case DnsType.Soa:
                Name(record.Target!, ref at);
                Name(DnsName.Root, ref at); // the mailbox: none
                _destination.Slice(at, 16).Clear();
                BinaryPrimitives.WriteUInt32BigEndian(_destination[(at + 16)..], record.NegativeTimeToLive);
                at += 20;
                break;
        }
        BinaryPrimitives.WriteUInt16BigEndian(_destination[lengthAt..], (ushort)(at - lengthAt - 2));
        Length = at;
        return true;
    }

    /// <summary>The record's bytes when no name can be compressed.</summary>
    private static int Largest(in DnsRecord record) => record.Name.Wire.Length + 10 + record.Type switch
    {
        DnsType.A => IpAddress.V4Size,
        DnsType.Cname => record.Target!.Wire.Length,
        DnsType.Soa => record.Target!.Wire.Length + 1 + 20,
        _ => 16,
    };

    private readonly void Name(DnsName name, ref int at)
    {
        for (; !name.IsRoot; name = name.Parent)
        {
            if (_names.TryGetValue(name, out int earlier))
            {
                Number(ref at, (ushort)(PointerBits | earlier));
                return;
            }
            if (at <= FarthestPointer) _names.Add(name, at);
            int label = 1 + name.Wire[0];
            name.Wire[..label].CopyTo(_destination[at..]);
            at += label;
        }
        _destination[at++] = 0;
    }

    private readonly void Number(ref int at, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[at..], number);
        at += 2;
    }
}
