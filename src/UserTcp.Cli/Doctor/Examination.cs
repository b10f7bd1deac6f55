using System.Globalization;

namespace UserTcp.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Ok">Whether it is as it must be.</param>
/// <param name="Found">What was seen.</param>
/// <param name="Mend">The command that mends it; null when nothing is to be mended.</param>
internal sealed record Finding(string Name, bool Ok, string Found, string? Mend = null);

/// <summary>What this machine can do and what keeps it from the rest.</summary>
/// <param name="Findings">Everything that was looked at.</param>
/// <param name="OwnNamespace">Whether `./run-tap.sh` works: a namespace and a TAP of its own.</param>
/// <param name="RealServers">Whether `./run-tap.sh URL` works: a way out through this machine's network.</param>
internal sealed record Diagnosis(IReadOnlyList<Finding> Findings, bool OwnNamespace, bool RealServers);

/// <summary>Looks at everything a TAP needs.</summary>
internal sealed class Examination(IMachine machine)
{
    private const string Tun = "/dev/net/tun";
    private const int NetAdminCapability = 12; // linux/capability.h

    private bool IsContainer => machine.Exists("/.dockerenv") || machine.Exists("/run/.containerenv");

    /// <summary>Looks at everything.</summary>
    public Diagnosis Examine()
    {
        if (!machine.IsLinux)
            return new([new("Linux", false, "another system", "Use a Linux machine, a virtual one or WSL 2. Until then: usertcp handshake --twin")], false, false);

        Finding administrator = Administrator(), device = Device(), unprivileged = UserNamespace(), own = NetworkNamespace(administrator.Ok);
        Finding[] always = [administrator, device, own, unprivileged, Sdk()];
        Finding ip = Tool("ip", "iproute2"), firewall = Firewall(), settings = KernelSettings();
        bool privileged = administrator.Ok && own.Ok;
        return new(
            [.. always.Select(finding => finding == unprivileged && privileged ? finding with { Mend = null } : finding), ip, firewall, settings],
            OwnNamespace: device.Ok && (privileged || unprivileged.Ok),
            RealServers: administrator.Ok && device.Ok && ip.Ok && firewall.Ok && settings.Ok);
    }

    private Finding Administrator()
    {
        const string Name = "CAP_NET_ADMIN";
        string? line = machine.Read("/proc/self/status")?.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        if (line is not null && ulong.TryParse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong capabilities)
            && (capabilities >> NetAdminCapability & 1) != 0)
            return new(Name, true, "held");
        return new(Name, false, "not held: interfaces cannot be made or configured", IsContainer
            ? "docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --device /dev/net/tun ..."
            : "sudo ./run-tap.sh");
    }

    private Finding Device()
    {
        if (!machine.Exists(Tun))
        {
            return new(Tun, false, "not there", IsContainer
                ? "docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --device /dev/net/tun ..."
                : "sudo modprobe tun || { sudo mkdir -p /dev/net && sudo mknod -m 666 /dev/net/tun c 10 200; }");
        }

        return machine.WhyNotOpen(Tun) is { } why
            ? new(Tun, false, why, "sudo chmod 666 /dev/net/tun   # or run as root: sudo ./run-tap.sh")
            : new(Tun, true, "opens for reading and writing");
    }

    private Finding NetworkNamespace(bool administrator)
    {
        const string Name = "network namespace as root";
        if (machine.Find("unshare") is not { } unshare)
            return new(Name, false, "unshare is not installed", Install("util-linux"));
        if (machine.Run(unshare, "--net", "true") is not null)
            return new(Name, true, "can be made (unshare --net)");
        return new(Name, false, "unshare --net is refused", administrator && IsContainer
            ? "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun ..."
            : "sudo ./run-tap.sh");
    }

    private Finding UserNamespace()
    {
        const string Name = "network namespace without root";
        if (machine.Find("unshare") is not { } unshare)
            return new(Name, false, "unshare is not installed", Install("util-linux"));
        if (machine.Run(unshare, "--map-root-user", "--net", "true") is not null)
            return new(Name, true, "can be made (unshare -rn)");
        return new(Name, false, "unshare -rn is refused", this switch
        {
            _ when Setting("kernel/unprivileged_userns_clone") == "0" => "sudo sysctl -w kernel.unprivileged_userns_clone=1",
            _ when Setting("user/max_user_namespaces") == "0" => "sudo sysctl -w user.max_user_namespaces=15000",
            _ when Setting("kernel/apparmor_restrict_unprivileged_userns") == "1" => "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
            _ => "sudo ./run-tap.sh",
        });
    }

    private Finding Sdk()
    {
        const string Name = ".NET 10 SDK";
        string?[] places = [machine.Find("dotnet"), Under(machine.Variable("DOTNET_ROOT")), Under($"{machine.Variable("HOME")}/.dotnet"), "/usr/share/dotnet/dotnet"];
        foreach (string place in places.Where(place => place is not null && machine.Exists(place)).Distinct()!)
        {
            string? version = machine.Run(place, "--list-sdks")?.Split('\n').LastOrDefault(line => line.StartsWith("10.", StringComparison.Ordinal));
            if (version is not null)
                return new(Name, true, $"{version.Split(' ')[0]} ({place})");
        }

        return new(Name, false, "not found", "curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0");
    }

    private Finding Tool(string command, string package) => machine.Find(command) is { } path
        ? new(command, true, path)
        : new(command, false, "not installed (only run-tap.sh with a URL needs it)", Install(package));

    private Finding Firewall()
    {
        const string Name = "nft or iptables";
        string? path = machine.Find("nft") ?? machine.Find("iptables");
        return path is not null ? new(Name, true, path) : new(Name, false, "neither is installed (only run-tap.sh with a URL needs one)", Install("nftables"));
    }

    private Finding KernelSettings()
    {
        const string Name = "forwarding between interfaces";
        const string Path = "/proc/sys/net/ipv4/conf/all/forwarding";
        return machine.WhyNotOpen(Path) is { } why
            ? new(Name, false, $"cannot be switched on: {why}", IsContainer ? "docker run --privileged ..." : "sudo ./run-tap.sh URL")
            : new(Name, true, "can be switched on");
    }

    private string? Setting(string path) => machine.Read($"/proc/sys/{path}")?.Trim();

    private string Install(string package)
    {
        (string Manager, string Command)[] managers =
        [
            ("apt-get", "sudo apt-get install"), ("dnf", "sudo dnf install"), ("pacman", "sudo pacman -S"), ("apk", "sudo apk add"), ("zypper", "sudo zypper install"),
        ];
        string? command = managers.FirstOrDefault(manager => machine.Find(manager.Manager) is not null).Command;
        return command is null ? $"install the package {package}" : $"{command} {package}";
    }

    private static string? Under(string? root) => string.IsNullOrEmpty(root) ? null : Path.Combine(root, "dotnet");
}
