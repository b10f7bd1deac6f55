using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.Tcp;

namespace UserTcp.PacketdrillShim.Sockets;

/// <content>Bytes in and out.</content>
internal sealed partial class TcpSocket
{
    private bool _wantsToWrite; // SOCK_NOSPACE: somebody found no room and waits to hear of it

    /// <inheritdoc/>
    internal override long Read(UserMemory memory) => Receive(memory, MessageFlags.None);

    /// <inheritdoc/>
    internal override long Write(UserMemory memory) => Send(memory, MessageFlags.None);

    /// <summary>recv and its kin.</summary>
    internal long Receive(UserMemory memory, MessageFlags flags)
    {
        if (_listener is not null) return -Errno.NotConnected;
        if ((flags & MessageFlags.ErrorQueue) != 0) return -Errno.TryAgain; // nothing is ever put there
        bool wait = !NonBlocking && (flags & MessageFlags.DontWait) == 0;
        bool all = (flags & (MessageFlags.WaitAll | MessageFlags.Peek)) == MessageFlags.WaitAll;
        int wanted = memory.Length;
        Instant deadline = DeadlineAfter(_options.ReceiveTimeout);
        while (true)
        {
            if (Available >= (all ? wanted : 1) || (HasEnded && Available > 0)) return Take(memory, flags);
            if (HasEnded) return End();
            if (!wait || !_machine.Time.Wait(() => Available >= (all ? wanted : 1) || HasEnded, deadline))
                return Available > 0 ? Take(memory, flags) : -Errno.TryAgain;
        }
    }

    /// <summary>send and its kin.</summary>
    internal long Send(UserMemory memory, MessageFlags flags)
    {
        bool wait = !NonBlocking && (flags & MessageFlags.DontWait) == 0;
        Instant deadline = DeadlineAfter(_options.SendTimeout);
        if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            if (!wait || !_machine.Time.Wait(() => State is not (TcpState.SynSent or TcpState.SynReceived), deadline)) return -Errno.TryAgain;
        }
        if (_error != 0) return -TakeError();
        if (_writeShut || _connection is null || !_connection.Connection.MaySend) return -Errno.BrokenPipe;
        if (memory.IsBad) return -Errno.BadAddress;
        byte[] bytes = memory.Gather();
        int sent = 0;
        while (true)
        {
            sent += Put(bytes.AsSpan(sent), more: (flags & MessageFlags.More) != 0);
            if (sent == bytes.Length) return sent;
            _wantsToWrite = true;
            if (!wait || !_machine.Time.Wait(() => IsWritable || _error != 0 || State == TcpState.Closed, deadline)) return sent > 0 ? sent : -Errno.TryAgain;
            if (_error != 0 || State == TcpState.Closed) return sent > 0 ? sent : _error != 0 ? -TakeError() : -Errno.BrokenPipe;
        }
    }

    /// <inheritdoc/>
    internal override long Control(uint request, UserMemory argument)
    {
        if (argument.IsBad) return -Errno.BadAddress;
        long value;
        switch (request)
        {
            case IoRequest.BytesToRead when _listener is not null:
            case IoRequest.BytesToSend when _listener is not null:
                return -Errno.InvalidArgument;
            case IoRequest.BytesToRead:
                value = Available;
                break;
            case IoRequest.BytesToSend:
                value = Unacknowledged;
                break;
            case IoRequest.BytesNotSent:
                value = _connection?.Connection.Info.BytesNotSent ?? 0;
                break;
            default:
                return base.Control(request, argument);
        }
        argument.Scatter(BitConverter.GetBytes((int)value));
        return 0;
    }

    /// <summary>What recvmsg tells with TCP_INQ: bytes left, or 1 before the end.</summary>
    internal int? QueueLength => _options.TellQueueLength ? Math.Max(Available, EndOfStream ? 1 : 0) : null;

    /// <inheritdoc/>
    internal override void Review()
    {
        if (!_wantsToWrite || _connection is null || !IsWritable) return;
        _wantsToWrite = false;
        Notify(Readiness.Output | Readiness.NormalOutput);
    }

    private bool HasEnded => EndOfStream || _error != 0 || _readShut || State == TcpState.Closed;

    /// <summary>What a read returns when nothing will come any more.</summary>
    private long End()
    {
        if (EndOfStream) return 0;
        if (_error != 0) return -TakeError();
        return _readShut || _established ? 0 : -Errno.NotConnected;
    }

    private long Take(UserMemory memory, MessageFlags flags)
    {
        int length = Math.Min(Available, memory.Length);
        bool discard = (flags & MessageFlags.Truncate) != 0;
        if (!discard && length > 0 && memory.IsBad) return -Errno.BadAddress;
        byte[] bytes = new byte[length];
        if ((flags & MessageFlags.Peek) != 0) _connection!.Connection.Peek(bytes);
        else Stack.Receive(_connection!, bytes, Now);
        if (!discard) memory.Scatter(bytes);
        return length;
    }

    // As in Linux's tcp_sendmsg: buffer by buffer, each of which leaves as soon as it is full.
    private int Put(ReadOnlySpan<byte> bytes, bool more)
    {
        int put = 0;
        while (put < bytes.Length)
        {
            int room = SendQueueModel.Room(_connection!.Connection.Info, _options);
            if (room == 0) break;
            put += Stack.Send(_connection, bytes.Slice(put, Math.Min(room, bytes.Length - put)), Now, more);
            if (put < bytes.Length) _machine.Port.Flush(Now);
        }
        return put;
    }

    private int Unacknowledged
    {
        get
        {
            if (_connection is null) return 0;
            TcpInfo info = _connection.Connection.Info;
            return info.BytesInFlight + info.BytesNotSent;
        }
    }

    private bool IsWritable => _connection is null || SendQueueModel.IsWritable(_connection.Connection.Info, _options);
}
