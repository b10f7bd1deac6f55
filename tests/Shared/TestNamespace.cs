using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.Testing;

/// <summary>A network namespace of the test's own, with IPv6's chatter off, deleted with everything in it at the end.</summary>
public sealed partial class TestNamespace : IDisposable
{
    private const int CloneNewNetwork = 0x40000000;
    private static int _made;

    private TestNamespace(string name) => Name = name;

    /// <summary>Why no namespace can be made here, in one line that says how to change it; null when one can.</summary>
    public static string? Unavailable { get; } =
        !OperatingSystem.IsLinux() ? "needs Linux: network namespaces"
        : geteuid() != 0 ? "needs root for a network namespace: run the tests with sudo"
        : !File.Exists("/dev/net/tun") ? "needs /dev/net/tun: modprobe tun, or docker run --device /dev/net/tun --cap-add NET_ADMIN --cap-add SYS_ADMIN"
        : !Tool.IsInstalled("ip") ? "needs the ip command: apt install iproute2"
        : null;

    /// <summary>The namespace's name, as `ip netns` knows it.</summary>
    public string Name { get; }

    /// <summary>Makes a namespace whose loopback is up, or skips the running test.</summary>
    public static TestNamespace Create()
    {
        Assert.SkipUnless(Unavailable is null, Unavailable ?? "");
        var made = new TestNamespace($"utcp-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        Tool.Run("ip", ["netns", "add", made.Name]);
        made.Ip("link set lo up");
        // Router solicitations and multicast reports would mix with the frames that tests count.
        made.Run(() =>
        {
            if (Directory.Exists("/proc/sys/net/ipv6"))
                foreach (string where in (string[])["all", "default"])
                    File.WriteAllText($"/proc/sys/net/ipv6/conf/{where}/disable_ipv6", "1");
        });
        return made;
    }

    /// <summary>Runs `ip` in the namespace, with arguments separated by blanks.</summary>
    /// <returns>What it printed.</returns>
    public string Ip(string arguments) => Tool.Run("ip", ["-n", Name, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>Runs a command in the namespace and waits for its end.</summary>
    /// <returns>What it printed.</returns>
    public string Command(string file, params string[] arguments) => Tool.Run("ip", ["netns", "exec", Name, file, .. arguments]);

    /// <summary>Starts a process in the namespace with its output redirected. The caller ends it.</summary>
    public Process Start(string file, params string[] arguments)
        => Process.Start(new ProcessStartInfo("ip", ["netns", "exec", Name, file, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Runs an action on a thread of its own inside the namespace. Sockets and TAPs that it opens belong to the namespace for good.</summary>
    public void Run(Action action) => Run<object?>(() =>
    {
        action();
        return null;
    });

    /// <inheritdoc cref="Run(Action)"/>
    public T Run<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle($"/run/netns/{Name}", options: FileOptions.None);
                if (setns(file, CloneNewNetwork) != 0)
                    throw new IOException($"setns({Name}): {Marshal.GetLastPInvokeErrorMessage()}");
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true, Name = Name };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>Deletes the namespace with all interfaces in it. Sockets still open keep it alive, unnamed, until they close.</summary>
    public void Dispose() => Tool.Run("ip", ["netns", "delete", Name]);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle file, int kind);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
