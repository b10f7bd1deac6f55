using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests;

/// <summary>The command as nobody, who may neither open a TAP nor read this checkout.</summary>
public sealed class WithoutRootTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task Handshake_on_the_twin_wire_works_as_nobody()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root to become nobody: sudo dotnet test -c Release");
        using var folder = new TemporaryFolder();
        foreach (string pattern in (string[])["*.dll", "UserTcp.Cli.*.json"])
            foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, pattern))
                File.Copy(file, folder.PathOf(Path.GetFileName(file)));
        string home = Directory.CreateDirectory(folder.PathOf("home")).FullName;
        File.SetUnixFileMode(home, (UnixFileMode)0b111_111_111);

        await using ChildProcess command = ChildProcess.Start(null, "setpriv",
            "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--bounding-set", "-all", "--no-new-privs",
            "env", "-C", home, $"HOME={home}", $"TMPDIR={home}", "NO_COLOR=1", "DOTNET_EnableDiagnostics=0",
            Tool.Require("dotnet"), folder.PathOf("UserTcp.Cli.dll"), "handshake", "--twin");

        Assert.True(await command.WaitForExit() == 0, command.Log);
        foreach (string wanted in (string[])["SYN, ACK", "ClientHello", "Finished", "FIN, ACK", "all hold"])
            Assert.Contains(wanted, command.Log, StringComparison.OrdinalIgnoreCase);
    }
}
