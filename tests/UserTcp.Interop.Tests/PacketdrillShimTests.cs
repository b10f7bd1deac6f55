using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Wire;

namespace UserTcp.Interop.Tests;

/// <summary>The shared library for packetdrill, loaded and called as packetdrill does it.</summary>
public sealed unsafe class PacketdrillShimTests
{
    // Places of the calls in the table behind the user's pointer, counted in pointers.
    private const int Free = 1, Socket = 2, Bind = 3, Listen = 4, Accept = 5, Close = 19, PacketToStack = 24, PacketFromStack = 25, TimeOfDay = 27, Slots = 33;

    private static readonly IpAddress Local = IpAddress.Parse("192.168.7.7");
    private static readonly IpAddress Remote = IpAddress.Parse("192.0.2.1");

    // packetdrill              shim
    //   S seq=100         -->
    //                     <--  S. seq=X ack=101
    //   . seq=101 ack=X+1 -->
    //                          accept() = a descriptor
    [Fact]
    public void A_handshake_through_the_C_interface_gives_an_accepted_socket()
    {
        nint library = NativeLibrary.Load(Published.File("tools/PacketdrillShim", "PacketdrillShim.so"));
        nint* table = stackalloc nint[Slots];
        ((delegate* unmanaged[Cdecl]<byte*, nint*, void>)NativeLibrary.GetExport(library, "packetdrill_interface_init"))(null, table);
        nint user = table[0];
        for (int i = 0; i < Slots; i++) Assert.NotEqual(0, table[i]); // packetdrill looks at none before it calls

        byte* address = stackalloc byte[16];
        Span<byte> sockaddr = new(address, 16);
        BitConverter.TryWriteBytes(sockaddr, (ushort)2); // AF_INET
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], 8080);
        Local.WriteV4(sockaddr[4..]);
        int listener = ((delegate* unmanaged<nint, int, int, int, int>)table[Socket])(user, 2, 1, 6);
        Assert.True(listener > 2);
        Assert.Equal(0, ((delegate* unmanaged<nint, int, byte*, uint, int>)table[Bind])(user, listener, address, 16));
        Assert.Equal(0, ((delegate* unmanaged<nint, int, int, int>)table[Listen])(user, listener, 1));

        Inject(table, new(4000, 8080, new(100), default, TcpFlags.Syn, 65535));
        TcpHeader answer = Next(table);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        Assert.Equal(new SeqNum(101), answer.Ack);
        Inject(table, new(4000, 8080, new(101), answer.Seq + 1, TcpFlags.Ack, 65535));

        int accepted = ((delegate* unmanaged<nint, int, byte*, uint*, int>)table[Accept])(user, listener, null, null);
        Assert.True(accepted > 2 && accepted != listener);    // a real descriptor: the lowest that is free
        Assert.Equal(0, ((delegate* unmanaged<nint, int, int>)table[Close])(user, accepted));
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack, Next(table).Flags);
        Assert.Equal(-1, ((delegate* unmanaged<nint, int, int>)table[Close])(user, accepted));

        long* before = stackalloc long[2], after = stackalloc long[2];
        Assert.Equal(0, ((delegate* unmanaged<nint, long*, nint, int>)table[TimeOfDay])(user, before, 0));
        Assert.Equal(0, ((delegate* unmanaged<nint, long*, nint, int>)table[TimeOfDay])(user, after, 0));
        Assert.Equal(1, (after[0] - before[0]) * 1_000_000 + after[1] - before[1]); // packetdrill waits by asking
        ((delegate* unmanaged<nint, void>)table[Free])(user);
    }

    private static void Inject(nint* table, TcpHeader header)
    {
        byte[] packet = new byte[Ipv4Header.MinimumSize + TcpHeader.MinimumSize];
        new Ipv4Header(0, (ushort)packet.Length, 0, Ipv4Flags.None, 0, 64, IpProtocol.Tcp, Remote, Local).Write(packet);
        Span<byte> segment = packet.AsSpan(Ipv4Header.MinimumSize);
        header.Write(segment, 0);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(Remote, Local, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment[TcpHeader.ChecksumOffset..], checksum.Finish());
        fixed (byte* bytes = packet)
            Assert.Equal(0, ((delegate* unmanaged<nint, byte*, nuint, int>)table[PacketToStack])(table[0], bytes, (nuint)packet.Length));
    }

    private static TcpHeader Next(nint* table)
    {
        byte* buffer = stackalloc byte[2048];
        nuint length = 2048;
        long microseconds;
        Assert.Equal(0, ((delegate* unmanaged<nint, byte*, nuint*, long*, int>)table[PacketFromStack])(table[0], buffer, &length, &microseconds));
        Assert.Equal(ParseError.None, Ipv4Header.TryParse(new(buffer, (int)length), out Ipv4Header ip, out _, out ReadOnlySpan<byte> payload));
        Assert.Equal((Local, Remote), (ip.Source, ip.Destination));
        Assert.Equal(ParseError.None, TcpHeader.TryParse(payload, out TcpHeader tcp, out _, out _));
        return tcp;
    }
}
