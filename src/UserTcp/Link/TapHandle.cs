using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using static UserTcp.Link.Libc;

namespace UserTcp.Link;

/// <summary>An open TAP: its file, the event that ends a wait, and what the kernel says of the interface.</summary>
internal sealed unsafe class TapHandle : IDisposable
{
    private const string Device = "/dev/net/tun";
    private const int LongestAwakening = 100; // milliseconds; it takes one to four where the machine is not busy
    private const string Doctor = "`usertcp doctor` says what this machine lacks.";

    private TapHandle(SafeFileHandle tap, SafeFileHandle wake, string name)
    {
        Tap = tap;
        WakeEvent = wake;
        Name = name;
    }

    public SafeFileHandle Tap { get; }

    public SafeFileHandle WakeEvent { get; }

    public string Name { get; }

    public int Mtu { get; private set; }

    /// <summary>The address of the interface, which is the kernel's end of the TAP; six bytes.</summary>
    public byte[] HardwareAddress { get; } = new byte[6];

    /// <summary>Attaches to the TAP of that name, or makes one that lives as long as the handle.</summary>
    /// <exception cref="IOException">Says what is missing and what to try.</exception>
    public static TapHandle Open(string name, bool offload)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("A TAP device needs Linux. The twin wire works everywhere.");
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length >= InterfaceRequest.NameSize)
            throw new IOException($"The interface name \"{name}\" has {bytes.Length} bytes; Linux takes at most {InterfaceRequest.NameSize - 1}. Choose a shorter one.");

        SafeFileHandle tap = Libc.Open(Device, ReadWrite | NonBlocking | CloseOnExec);
        if (tap.IsInvalid)
            throw OpenFailed(Marshal.GetLastPInvokeError());
        try
        {
            return Attach(tap, name, bytes, offload);
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }

    /// <summary>Tells the kernel which frames it may leave unfinished for us: checksums and TCP segmentation, or none.</summary>
    public void SetOffload(bool offload)
    {
        nuint features = offload ? OffloadChecksum | OffloadTcpV4 | OffloadTcpV6 : 0;
        if (Control(Tap, TunSetOffload, (void*)features) < 0)
            throw new IOException($"{Name}: TUNSETOFFLOAD failed: {Text(Marshal.GetLastPInvokeError())}. Try without offload.");
    }

    /// <summary>The sentence for a failed read or write.</summary>
    public string Explain(int errno) => errno switch
    {
        BadState or BadAddress => $"The interface {Name} is gone: somebody deleted it. Make it again (ip tuntap add mode tap {Name}) and reopen.",
        InputOutput => $"The interface {Name} is down and takes no frames. Try: ip link set {Name} up",
        Again or NoBuffers => $"The interface {Name} takes no more frames at the moment.",
        InvalidArgument => $"{Name}: the kernel refused the frame as malformed (shorter than an Ethernet header, or a wrong offload header).",
        _ => $"{Name}: {Text(errno)}.",
    };

    public void Dispose()
    {
        Tap.Dispose();
        WakeEvent.Dispose();
    }

    private static TapHandle Attach(SafeFileHandle tap, string name, byte[] bytes, bool offload)
    {
        InterfaceRequest request = default;
        bytes.CopyTo(new Span<byte>(request.Name, InterfaceRequest.NameSize));
        request.Flags = InterfaceTap | InterfaceNoPacketInfo | InterfaceVirtioHeader;
        if (Control(tap, TunSetInterface, &request) < 0)
            throw AttachFailed(name, Marshal.GetLastPInvokeError());

        // A TAP that outlives its openers keeps the size that an earlier one had set.
        int headerSize = VirtioNetHeader.Size;
        if (Control(tap, TunSetHeaderSize, &headerSize) < 0)
            throw new IOException($"{name}: TUNSETVNETHDRSZ failed: {Text(Marshal.GetLastPInvokeError())}. {Doctor}");

        SafeFileHandle wake = EventFd(0, NonBlocking | CloseOnExec);
        if (wake.IsInvalid)
            throw new IOException($"eventfd failed: {Text(Marshal.GetLastPInvokeError())}. Try to raise the limit of open files (ulimit -n).");
        var handle = new TapHandle(tap, wake, Marshal.PtrToStringUTF8((nint)request.Name) ?? name);
        try
        {
            handle.SetOffload(offload);
            handle.AskInterface();
            return handle;
        }
        catch
        {
            wake.Dispose();
            throw;
        }
    }

    private void AskInterface()
    {
        // The TAP's own file does not answer SIOCGIFMTU; any socket of the same network namespace does.
        using SafeFileHandle socket = Socket(InterNetwork, Datagram | CloseOnExec, 0);
        Mtu = Ask(socket, GetMtu).Number;
        InterfaceRequest address = Ask(socket, GetHardwareAddress);
        new ReadOnlySpan<byte>(address.HardwareAddress, HardwareAddress.Length).CopyTo(HardwareAddress);

        // A TAP that was up without anybody to read it awakes in the kernel's own time. Until then the kernel drops what it sends: our first ARP request would
        // have no answer.
        for (int waited = 0; waited < LongestAwakening && (Ask(socket, GetFlags).Flags & (InterfaceUp | InterfaceRunning)) == InterfaceUp; waited++)
            Thread.Sleep(1);
    }

    private InterfaceRequest Ask(SafeFileHandle socket, uint what)
    {
        InterfaceRequest request = default;
        Encoding.UTF8.GetBytes(Name, new Span<byte>(request.Name, InterfaceRequest.NameSize));
        if (socket.IsInvalid || Control(socket, what, &request) < 0)
            throw new IOException($"{Name}: cannot ask the interface for its properties (0x{what:X}): {Text(Marshal.GetLastPInvokeError())}. {Doctor}");
        return request;
    }

    /// <summary>The error for a failed open of /dev/net/tun.</summary>
    internal static IOException OpenFailed(int errno) => new(errno switch
    {
        NoEntry => $"{Device} does not exist: the tun module is not loaded, or the container got no such device. "
            + $"Try: modprobe tun, or docker run --device {Device} --cap-add NET_ADMIN. {Doctor}",
        NoDevice or NoSuchAddress => $"{Device} exists, but the kernel has no tun driver. Try: modprobe tun. {Doctor}",
        AccessDenied or NotPermitted => $"No permission to open {Device}. Try as root (sudo), or in a user namespace (unshare -rn). {Doctor}",
        _ => $"Cannot open {Device}: {Text(errno)}. {Doctor}",
    });

    /// <summary>The error for a TAP that does not take us.</summary>
    internal static IOException AttachFailed(string name, int errno) => new(errno switch
    {
        NotPermitted or AccessDenied => $"No permission to attach to the TAP \"{name}\": it takes CAP_NET_ADMIN or a TAP that is yours. "
            + $"Try as root (sudo), or once: sudo ip tuntap add mode tap user $USER {name}. {Doctor}",
        Busy => $"The TAP \"{name}\" is already in use by another process or device object. Close that one, or choose another name. {Doctor}",
        InvalidArgument => $"\"{name}\" cannot be opened as a TAP: an interface of another kind (or a multi-queue TAP) has the name, or the name is not valid. "
            + $"Choose another name. {Doctor}",
        _ => $"Cannot attach to the TAP \"{name}\": {Text(errno)}. {Doctor}",
    });

    private static string Text(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
}
