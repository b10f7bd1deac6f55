using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UserTcp.Testing;

/// <summary>The kernel's side of an interface, frame by frame (packet(7)): sends and sees whole Ethernet frames. Make it inside the namespace.</summary>
public sealed partial class PacketSocket : IDisposable
{
    private const int SolSocket = 1, ReceiveBufferForce = 33, SolPacket = 263, IgnoreOutgoing = 23;
    private const int AllProtocols = 3; // ETH_P_ALL
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[70_000];

    /// <summary>Opens a socket on one interface, with room for a large burst. Sees only what comes in from the device.</summary>
    public PacketSocket(string interfaceName)
    {
        uint index = if_nametoindex(interfaceName);
        if (index == 0)
            throw new IOException($"No interface {interfaceName} in this namespace.");
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness((ushort)AllProtocols));
        _socket.SetRawSocketOption(SolSocket, ReceiveBufferForce, BitConverter.GetBytes(256 << 20));
        _socket.SetRawSocketOption(SolPacket, IgnoreOutgoing, BitConverter.GetBytes(1));
        _socket.Bind(new InterfaceEndPoint((int)index));
    }

    /// <summary>Sends one frame out of the interface, towards whoever is behind the device.</summary>
    public void Send(ReadOnlySpan<byte> frame) => _socket.Send(frame);

    /// <summary>The next frame that came in from the device, or null when none comes within the time.</summary>
    public byte[]? Receive(TimeSpan timeout)
        => _socket.Poll(timeout, SelectMode.SelectRead) ? _buffer.AsSpan(0, _socket.Receive(_buffer)).ToArray() : null;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string name);

    /// <summary>struct sockaddr_ll with protocol and interface set.</summary>
    private sealed class InterfaceEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], AllProtocols);
            BitConverter.TryWriteBytes(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
