using UserTcp.Wire;

namespace UserTcp.Fuzz.Stack;

/// <summary>A whole stack with its users: the input is a story of frames that arrive, time that passes and calls that are made.</summary>
/// <remarks>Each step is a byte that says what happens, and bytes that say how. Segments, answers and errors are told relative to what the stack has said, so that
/// most of them are looked at; checksums are right, or nothing would be.</remarks>
internal sealed class StackTarget : FuzzTarget
{
    public override string Name => "stack";

    // The story's own buffer of 70 kB, and the tables of a stack.
    protected override long MostAllocated => 128 << 10;

    // The dearest step is the last fragment of a packet of 64 KiB: six bytes of story, for which the reassembler makes room. Connections with their buffers,
    // and whatever is sent on them, cost below 2,000 per byte of story.
    protected override long AllocatedPerByte => 12_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        byte[] open = [2, 0, (byte)TcpFlags.Syn, 0, 0, 250, 0, 8, 0, 2, 4, 5, 180, 4, 2, 1, 1, 2, 0, (byte)TcpFlags.Ack, 1, 1, 250, 0, 0, 0];
        byte[] data = [2, 0, (byte)(TcpFlags.Ack | TcpFlags.Psh), 1, 1, 250, 0, 0, 100], close = [2, 0, (byte)(TcpFlags.Ack | TcpFlags.Fin), 1, 1, 250, 0, 0, 0];
        byte[] send = [4, 1, 200], receive = [4, 2, 255], closeWrite = [4, 3, 0], wait = [3, 20];
        byte[] connect = [4, 0, 0], synAck = [2, 0, (byte)(TcpFlags.Syn | TcpFlags.Ack), 0, 1, 250, 0, 0, 0];
        return
        [
            [.. open, .. data, .. receive, .. send, .. wait, .. data, .. close, .. receive, .. closeWrite, .. wait, .. data, .. wait],
            [.. connect, .. synAck, .. send, .. data, .. send, .. wait, .. wait, .. wait, .. closeWrite, .. close],
            [.. connect, .. synAck, .. send, 6, 3, 4, 2, 88, .. wait, 6, 3, 3, 0, 0, 2, 0, (byte)TcpFlags.Rst, 1, 1, 0, 0, 0, 0],
            [4, 6, 0, 5, 129, 128, 0, 1, 0, 1, 0, 0, 0, 0, 3, 60, 5, 131, 128, 0, 1, 0, 0, 0, 0, 0, 0],
            [1, 1, 32, 0, 40, .. new byte[40], 1, 1, 0, 5, 40, .. new byte[40], 3, 255, 7, 1, 7, 2, 4, 7, 9, .. wait],
            .. Neighbour.OneOfEach().Select(frame => (byte[])[0, (byte)(frame.Length >> 8), (byte)frame.Length, .. frame]),
        ];
    }

    protected override string Take(ReadOnlySpan<byte> input) => new StackStory().Tell(input);
}
