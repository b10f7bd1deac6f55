using UserTcp.Cli.Doctor;
using UserTcp.Cli.Verbs;

namespace UserTcp.Cli.Tests;

public class DoctorTests
{
    [Fact]
    public void A_machine_with_everything_needs_no_mending()
    {
        Diagnosis diagnosis = new Examination(FakeMachine.Complete()).Examine();
        Assert.True(diagnosis.OwnNamespace);
        Assert.True(diagnosis.RealServers);
        Assert.All(diagnosis.Findings, finding => Assert.True(finding.Ok, finding.Name));
        Assert.All(diagnosis.Findings, finding => Assert.Null(finding.Mend));
    }

    [Fact]
    public void Without_root_but_with_user_namespaces_the_lesson_works_and_real_servers_do_not()
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Files["/proc/self/status"] = "Name:\tx\nCapEff:\t0000000000000000\n";
        machine.Runs.Remove("/usr/bin/unshare --net true");
        Diagnosis diagnosis = new Examination(machine).Examine();
        Assert.True(diagnosis.OwnNamespace);
        Assert.False(diagnosis.RealServers);
    }

    [Theory]
    [InlineData("/proc/sys/kernel/unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("/proc/sys/user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000")]
    [InlineData("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    public void A_forbidden_user_namespace_is_mended_by_the_setting_that_forbids_it(string setting, string value, string mend)
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Files["/proc/self/status"] = "CapEff:\t0000000000000000\n";
        machine.Files[setting] = value + "\n";
        machine.Runs.Remove("/usr/bin/unshare --net true");
        machine.Runs.Remove("/usr/bin/unshare --map-root-user --net true");
        Diagnosis diagnosis = new Examination(machine).Examine();
        Assert.False(diagnosis.OwnNamespace);
        Assert.Contains(diagnosis.Findings, finding => finding is { Ok: false } && finding.Mend == mend);
    }

    [Fact]
    public void A_missing_device_is_made_outside_a_container_and_passed_in_into_one()
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Files.Remove("/dev/net/tun");
        Assert.Contains("modprobe tun", Mend(machine, "/dev/net/tun"), StringComparison.Ordinal);
        machine.Files["/.dockerenv"] = "";
        Assert.Contains("--device /dev/net/tun", Mend(machine, "/dev/net/tun"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_does_not_open_is_opened_by_rights()
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Closed["/dev/net/tun"] = "Permission denied";
        Diagnosis diagnosis = new Examination(machine).Examine();
        Assert.False(diagnosis.OwnNamespace);
        Assert.Contains("chmod 666 /dev/net/tun", Mend(machine, "/dev/net/tun"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apt-get", "sudo apt-get install nftables")]
    [InlineData("dnf", "sudo dnf install nftables")]
    [InlineData("apk", "sudo apk add nftables")]
    public void A_missing_tool_is_installed_with_the_machines_own_package_manager(string manager, string mend)
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Commands.Remove("nft");
        machine.Commands.Remove("iptables");
        machine.Commands.Add(manager);
        Assert.Equal(mend, Mend(machine, "nft or iptables"));
    }

    [Fact]
    public void An_SDK_that_is_too_old_is_none()
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Runs["/usr/bin/dotnet --list-sdks"] = "9.0.100 [/usr/share/dotnet/sdk]\n";
        Assert.Contains("dotnet-install.sh", Mend(machine, ".NET 10 SDK"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_verb_prints_each_mend_and_ends_with_1_when_no_TAP_is_to_be_had()
    {
        FakeMachine machine = FakeMachine.Complete();
        machine.Closed["/dev/net/tun"] = "Permission denied";
        Outcome outcome = await Command.RunAsync(terminal => DoctorVerb.ExamineAsync(machine, terminal, json: false, TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("missing  /dev/net/tun: Permission denied", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("sudo chmod 666 /dev/net/tun", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_lists_the_findings()
    {
        Outcome outcome = await Command.RunAsync(terminal => DoctorVerb.ExamineAsync(FakeMachine.Complete(), terminal, json: true, TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.True(outcome.Json.GetProperty("diagnosis").GetProperty("ownNamespace").GetBoolean());
        Assert.NotEqual(0, outcome.Json.GetProperty("diagnosis").GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public async Task This_machine_can_be_examined()
    {
        Outcome outcome = await Command.RunAsync("doctor");
        Assert.True(outcome.Code is ExitCode.Ok or ExitCode.Failed);
        Assert.Contains(".NET 10 SDK", outcome.Text, StringComparison.Ordinal);
    }

    private static string? Mend(FakeMachine machine, string name) => new Examination(machine).Examine().Findings.Single(finding => finding.Name == name).Mend;

    /// <summary>A machine that is what a test says.</summary>
    private sealed class FakeMachine : IMachine
    {
        public Dictionary<string, string> Files { get; } = [];

        public Dictionary<string, string> Closed { get; } = [];

        public HashSet<string> Commands { get; } = [];

        public Dictionary<string, string> Runs { get; } = [];

        public bool IsLinux => true;

        public static FakeMachine Complete() => new()
        {
            Files = { ["/proc/self/status"] = "Name:\tx\nCapEff:\t000001ffffffffff\n", ["/dev/net/tun"] = "", ["/usr/bin/dotnet"] = "" },
            Commands = { "unshare", "ip", "nft", "iptables", "dotnet" },
            Runs =
            {
                ["/usr/bin/unshare --net true"] = "",
                ["/usr/bin/unshare --map-root-user --net true"] = "",
                ["/usr/bin/dotnet --list-sdks"] = "9.0.100 [/usr/share/dotnet/sdk]\n10.0.100 [/usr/share/dotnet/sdk]\n",
            },
        };

        public string? Variable(string name) => null;

        public bool Exists(string path) => Files.ContainsKey(path);

        public string? Read(string path) => Files.GetValueOrDefault(path);

        public string? WhyNotOpen(string path) => Closed.GetValueOrDefault(path);

        public string? Find(string command) => Commands.Contains(command) ? $"/usr/bin/{command}" : null;

        public string? Run(string command, params string[] arguments) => Runs.GetValueOrDefault($"{command} {string.Join(' ', arguments)}");
    }
}
