using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Sockets of the kernel as bare file descriptors: thousands of them cost this process no memory that a measurement could mistake for ours. Make
/// them inside the namespace.</summary>
internal static partial class BareSocket
{
    private const int Internet = 2, Stream = 1 | CloseOnExec, CloseOnExec = 0x80000, SolSocket = 1, ReuseAddress = 2, ReceiveTimeout = 20, NoSignal = 0x4000;
    private const uint AddressSize = 16;

    /// <summary>A socket that listens on all addresses.</summary>
    public static int Listen(int port, int backlog)
    {
        int file = New();
        Check(setsockopt(file, SolSocket, ReuseAddress, [1L], 4)); // connections of an earlier listener may be in TIME-WAIT
        Check(bind(file, Address(new(IPAddress.Any, port)), AddressSize));
        Check(listen(file, backlog));
        return file;
    }

    /// <summary>A connection.</summary>
    public static int Connect(IPEndPoint remote)
    {
        int file = New();
        Check(connect(file, Address(remote), AddressSize));
        return file;
    }

    /// <summary>The next connection of a socket that listens.</summary>
    public static int Accept(int listener)
    {
        int file = Check(accept4(listener, 0, 0, CloseOnExec));
        LimitReceive(file);
        return file;
    }

    /// <summary>Sends all of it.</summary>
    public static void Send(int file, ReadOnlySpan<byte> data)
    {
        for (int at = 0; at < data.Length;) at += Check((int)send(file, data[at..], (nuint)(data.Length - at), NoSignal));
    }

    /// <summary>Receives until the buffer is full or nothing more comes; an answer may take ten seconds.</summary>
    /// <returns>How many bytes.</returns>
    public static int Receive(int file, Span<byte> buffer)
    {
        int at = 0;
        for (int count = -1; at < buffer.Length && count != 0; at += count) count = Check((int)recv(file, buffer[at..], (nuint)(buffer.Length - at), 0));
        return at;
    }

    /// <summary>Closes it.</summary>
    public static void Close(int file) => Check(close(file));

    private static int New()
    {
        int file = Check(socket(Internet, Stream, 0));
        LimitReceive(file);
        return file;
    }

    private static void LimitReceive(int file) => Check(setsockopt(file, SolSocket, ReceiveTimeout, [10L, 0L], 16));

    private static ReadOnlySpan<byte> Address(IPEndPoint endpoint) => endpoint.Serialize().Buffer.Span;

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(); // the text of errno

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int file, ReadOnlySpan<byte> address, uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int file, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int file, ReadOnlySpan<byte> address, uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int file, nint address, nint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int file, int level, int name, ReadOnlySpan<long> value, uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int file, ReadOnlySpan<byte> data, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int file, Span<byte> buffer, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
