using System.Diagnostics;
using System.Net;
using UserTcp.Testing;
using UserTcp.Wire;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>An attacker on the kernel's side of the TAP: SYNs from invented addresses, and segments with random flags and numbers, all with right checksums.</summary>
/// <remarks>Half are SYNs to the port that is attacked. Of the rest some go to it, some to closed ports, and some pretend to belong to a connection whose
/// endpoints the attacker knows.</remarks>
internal sealed class Flood
{
    private const int Frames = 1 << 15;

    private readonly byte[][] _frames = new byte[Frames][];
    private readonly TapLab _lab;

    /// <summary>Makes the frames.</summary>
    /// <param name="lab">Where our stack is; it has spoken to the kernel already.</param>
    /// <param name="port">The port of our stack that listens.</param>
    /// <param name="victim">The other end of a connection to it.</param>
    public Flood(TapLab lab, ushort port, IPEndPoint victim)
    {
        _lab = lab;
        Forger forger = new(lab);
        var random = new Random(4987);
        for (int i = 0; i < Frames; i++)
        {
            // 198.18.0.0/15 is for such tests (RFC 2544).
            IpEndpoint source = new(IpAddress.FromV4(0xc612_0000 | (uint)random.Next(1 << 17)), (ushort)random.Next(1024, 65536));
            bool syn = i % 2 == 0;
            ushort to = port;
            if (!syn && i % 7 < 3) source = new(IpAddress.From(victim.Address), (ushort)victim.Port);
            else if (!syn && i % 7 < 5) to = (ushort)random.Next(1024, 65536);
            TcpHeader header = new(
                source.Port, to, new((uint)random.NextInt64(1L << 32)), new((uint)random.NextInt64(1L << 32)), syn ? TcpFlags.Syn : (TcpFlags)random.Next(256),
                (ushort)random.Next(65536), (ushort)random.Next(65536));
            TcpOptions options = syn
                ? new() { MaximumSegmentSize = 1460, SackPermitted = true, WindowScale = 7, Timestamps = random.Next(2) == 0 ? null : new((uint)random.Next(), 0) }
                : default;
            byte[] payload = new byte[syn ? 0 : random.Next(2) * random.Next(200)];
            random.NextBytes(payload);
            _frames[i] = forger.Segment(source.Address, header, options, payload);
        }
    }

    /// <summary>Sends for a time, at a rate as even as the machine allows. To be called on a thread of its own.</summary>
    /// <returns>How many frames were sent.</returns>
    public long Run(TimeSpan time, int perSecond)
    {
        using PacketSocket socket = _lab.Namespace.Run(() => new PacketSocket(TapLab.Tap));
        long sent = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
        {
            long due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond);
            if (sent >= due) Thread.Sleep(1);
            for (; sent < due; sent++) socket.Send(_frames[sent % Frames]);
        }
        return sent;
    }
}
