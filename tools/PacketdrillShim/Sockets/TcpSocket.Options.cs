using System.Runtime.InteropServices;
using System.Text;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Interface;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.Tcp;

namespace UserTcp.PacketdrillShim.Sockets;

/// <content>setsockopt and getsockopt.</content>
internal sealed partial class TcpSocket
{
    private const int NameSize = 16; // TCP_CA_NAME_MAX
    private const int LeastSegment = 88, LargestSegment = 32_767; // TCP_MIN_MSS, MAX_TCP_WINDOW: what TCP_MAXSEG takes

    /// <summary>setsockopt.</summary>
    internal long SetOption(int level, int name, UserMemory memory)
    {
        if (memory.IsBad) return -Errno.BadAddress;
        ReadOnlySpan<byte> value = memory.Gather();
        long result = level switch
        {
            OptionLevel.Socket => SetSocketOption((SocketOption)name, value),
            OptionLevel.Tcp => SetTcpOption((TcpOption)name, value),
            OptionLevel.Ip => SetIpOption((IpOption)name, value),
            _ => -Errno.NoProtocolOption,
        };
        if (result == 0 && _connection is not null) Stack.Change(_connection, _options.Settings, Now);
        if (result == 0 && _listener is not null) _listener.Settings = _options.Settings;
        return result;
    }

    /// <summary>getsockopt.</summary>
    /// <param name="level">SOL_SOCKET and so on.</param>
    /// <param name="name">Which option.</param>
    /// <param name="value">Its bytes, to be cut to what the user has room for.</param>
    internal long GetOption(int level, int name, out byte[] value)
    {
        value = [];
        int? number = level switch
        {
            OptionLevel.Socket => GetSocketOption((SocketOption)name, out value),
            OptionLevel.Tcp => GetTcpOption((TcpOption)name, out value),
            OptionLevel.Ip => GetIpOption((IpOption)name),
            _ => null,
        };
        if (value.Length > 0 || (level, name) == (OptionLevel.Tcp, (int)TcpOption.CongestionInfo)) return 0; // CUBIC and Reno have no figures of their own
        if (number is null && _options.Remembered.TryGetValue((level, name), out int remembered)) number = remembered;
        if (number is null) return -Errno.NoProtocolOption;
        value = BitConverter.GetBytes(number.Value);
        return 0;
    }

    private long SetSocketOption(SocketOption option, ReadOnlySpan<byte> value)
    {
        if (option == SocketOption.Linger)
        {
            if (value.Length < 2 * sizeof(int)) return -Errno.InvalidArgument;
            int seconds = BitConverter.ToInt32(value[sizeof(int)..]);
            _options.Linger = BitConverter.ToInt32(value) != 0 ? TimeSpan.FromSeconds(seconds) : null;
            return 0;
        }
        if (option is SocketOption.ReceiveTimeout or SocketOption.SendTimeout)
        {
            if (!MemoryMarshal.TryRead(value, out TimeValue time)) return -Errno.InvalidArgument;
            TimeSpan? span = time.Span > TimeSpan.Zero ? time.Span : null;
            if (option == SocketOption.ReceiveTimeout) _options.ReceiveTimeout = span;
            else _options.SendTimeout = span;
            return 0;
        }
        if (!MemoryMarshal.TryRead(value, out int number)) return -Errno.InvalidArgument;
        switch (option)
        {
            case SocketOption.SendBuffer or SocketOption.SendBufferForce:
                _options.SetSendBuffer(number);
                return 0;
            case SocketOption.ReceiveBuffer or SocketOption.ReceiveBufferForce:
                _options.SetReceiveBuffer(number);
                return 0;
            case SocketOption.KeepAlive:
                _options.KeepAlive = number != 0;
                return 0;
            case SocketOption.ReuseAddress or SocketOption.ReusePort or SocketOption.Priority or SocketOption.Mark or SocketOption.ReceiveLowWater
                or SocketOption.MaximumPacingRate:
                _options.Remembered[(OptionLevel.Socket, (int)option)] = number;
                return 0;
            default:
                return -Errno.NoProtocolOption;
        }
    }

    private int? GetSocketOption(SocketOption option, out byte[] value)
    {
        value = [];
        switch (option)
        {
            case SocketOption.Error:
                return TakeError();
            case SocketOption.Type:
                return 1; // SOCK_STREAM
            case SocketOption.Protocol:
                return OptionLevel.Tcp;
            case SocketOption.SendBuffer:
                return _options.EffectiveSendBuffer;
            case SocketOption.ReceiveBuffer:
                return _options.EffectiveReceiveBuffer;
            case SocketOption.KeepAlive:
                return _options.KeepAlive ? 1 : 0;
            case SocketOption.ReuseAddress or SocketOption.ReusePort or SocketOption.Priority or SocketOption.Mark:
                return _options.Remembered.GetValueOrDefault((OptionLevel.Socket, (int)option));
            case SocketOption.Linger:
                value = [.. BitConverter.GetBytes(_options.Linger is null ? 0 : 1), .. BitConverter.GetBytes((int)(_options.Linger ?? default).TotalSeconds)];
                return null;
            case SocketOption.ReceiveTimeout or SocketOption.SendTimeout:
                TimeValue time = TimeValue.Of((option == SocketOption.ReceiveTimeout ? _options.ReceiveTimeout : _options.SendTimeout) ?? default);
                value = MemoryMarshal.AsBytes(new ReadOnlySpan<TimeValue>(in time)).ToArray();
                return null;
            case SocketOption.MemoryInfo:
                value = SocketMemoryInfo.Of(_options, Available, Unacknowledged);
                return null;
            default:
                return null;
        }
    }

    private long SetTcpOption(TcpOption option, ReadOnlySpan<byte> value)
    {
        if (option == TcpOption.Congestion)
        {
            string name = Encoding.ASCII.GetString(value).TrimEnd('\0');
            if (name is not ("cubic" or "reno")) return -Errno.NoEntry;
            _options.Congestion = name;
            return 0;
        }
        if (!MemoryMarshal.TryRead(value, out int number)) return -Errno.InvalidArgument;
        switch (option)
        {
            case TcpOption.NoDelay:
                _options.NoDelay = number != 0;
                return 0;
            case TcpOption.Cork:
                _options.Cork = number != 0;
                return 0;
            case TcpOption.MaximumSegment:
                if (number != 0 && number is < LeastSegment or > LargestSegment) return -Errno.InvalidArgument;
                _options.MaximumSegment = number == 0 ? null : number;
                return 0;
            case TcpOption.KeepIdle:
                _options.KeepIdle = TimeSpan.FromSeconds(number);
                return 0;
            case TcpOption.KeepInterval:
                _options.KeepInterval = TimeSpan.FromSeconds(number);
                return 0;
            case TcpOption.KeepCount:
                _options.KeepCount = number;
                return 0;
            case TcpOption.SynCount:
                if (number is < 1 or > 127) return -Errno.InvalidArgument;
                _options.SynCount = number;
                return 0;
            case TcpOption.UserTimeout:
                if (number < 0) return -Errno.InvalidArgument;
                _options.UserTimeout = TimeSpan.FromMilliseconds(number);
                return 0;
            case TcpOption.NotSentLowWater:
                _options.NotSentLowWater = (uint)number;
                return 0;
            case TcpOption.QueueLength:
                if (number is not (0 or 1)) return -Errno.InvalidArgument;
                _options.TellQueueLength = number != 0;
                return 0;
            case TcpOption.Linger2:
                _options.FinWait2Timeout = number > 0 ? TimeSpan.FromSeconds(number) : TimeSpan.FromSeconds(_options.Sysctls.Number("tcp_fin_timeout"));
                return 0;
            case TcpOption.DeferAccept or TcpOption.WindowClamp or TcpOption.QuickAck or TcpOption.ThinLinearTimeouts
                or TcpOption.ThinDuplicateAck or TcpOption.Timestamp:
                _options.Remembered[(OptionLevel.Tcp, (int)option)] = number;
                return 0;
            default:
                return -Errno.NoProtocolOption;
        }
    }

    private int? GetTcpOption(TcpOption option, out byte[] value)
    {
        value = [];
        switch (option)
        {
            case TcpOption.NoDelay:
                return _options.NoDelay ? 1 : 0;
            case TcpOption.Cork:
                return _options.Cork ? 1 : 0;
            case TcpOption.MaximumSegment:
                return MaximumSegment;
            case TcpOption.KeepIdle:
                return (int)_options.KeepIdle.TotalSeconds;
            case TcpOption.KeepInterval:
                return (int)_options.KeepInterval.TotalSeconds;
            case TcpOption.KeepCount:
                return _options.KeepCount;
            case TcpOption.SynCount:
                return _options.SynCount;
            case TcpOption.UserTimeout:
                return (int)_options.UserTimeout.TotalMilliseconds;
            case TcpOption.NotSentLowWater:
                return (int)(_options.NotSentLowWater ?? 0);
            case TcpOption.Linger2:
                return (int)_options.FinWait2Timeout.TotalSeconds;
            case TcpOption.QueueLength:
                return _options.TellQueueLength ? 1 : 0;
            case TcpOption.Congestion:
                value = new byte[NameSize];
                Encoding.ASCII.GetBytes(_options.Congestion, value);
                return null;
            case TcpOption.Info:
                value = TcpInfoStructure.Of(_connection?.Connection.Info ?? default, _listener is not null, _establishedAt, Now);
                return null;
            default:
                return null;
        }
    }

    // Before a connection exists Linux tells what the user has set, or the default of RFC 9293 3.7.1.
    private int MaximumSegment
    {
        get
        {
            const int Default = 536;
            if (State == TcpState.Closed) return _options.MaximumSegment ?? Default;
            return _connection!.Connection.Info.SendMss;
        }
    }

    private long SetIpOption(IpOption option, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return -Errno.InvalidArgument;
        int number = value.Length >= sizeof(int) ? BitConverter.ToInt32(value) : value[0];
        switch (option)
        {
            case IpOption.TypeOfService:
                _options.TypeOfService = (byte)number;
                return 0;
            case IpOption.TimeToLive or IpOption.MtuDiscover or IpOption.ReceiveError or IpOption.FreeBind:
                _options.Remembered[(OptionLevel.Ip, (int)option)] = number;
                return 0;
            default:
                return -Errno.NoProtocolOption;
        }
    }

    private int? GetIpOption(IpOption option)
        => option switch
        {
            IpOption.TypeOfService => _options.TypeOfService,
            IpOption.Mtu => Wire.StackPort.Mtu,
            _ => null,
        };

}
