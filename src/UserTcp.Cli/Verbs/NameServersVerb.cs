using System.CommandLine;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;
using UserTcp.Wire;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp name-servers`, hidden: tells run-tap.sh whom the stack will ask, so that it can open the way to them.</summary>
internal static class NameServersVerb
{
    public static Command Make(Terminal terminal)
    {
        var verb = new Command("name-servers", "Prints the machine's name servers, one a line, loopback ones replaced by those that they ask.") { Hidden = true };
        verb.SetAction(_ =>
        {
            foreach (IpEndpoint server in NameServers.Of(NameServers.ReadFile).Servers)
                terminal.Out.WriteLine(server.Address);
            return (int)ExitCode.Ok;
        });
        return verb;
    }
}
