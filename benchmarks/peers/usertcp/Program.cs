using System.Globalization;
using System.Net;
using UserTcp;
using UserTcp.Link;
using UserTcp.Peer;

// Our stack behind the commands of every peer (see ../../README.md).
//
//   usertcp-peer TAP ADDRESS offload|plain pool|inline     serves, says "ready", then takes `connects ADDRESS SECONDS` from standard input until its end

if (args.Length != 4) return 2;
using TapDevice tap = new(args[0], offload: args[2] == "offload");
tap.Open();
await using Stack stack = new(tap, new StackOptions { Address = IPAddress.Parse(args[1]), PrefixLength = 24, InlineContinuations = args[3] == "inline" });
Servers.Start(stack);
Console.WriteLine("ready");
while (Console.ReadLine()?.Split(' ') is ["connects", string address, string seconds])
{
    // Waited for here: with inline continuations what follows an await runs in the stack's thread, which must not read the console.
    Task<string> answer = Connects.Run(stack, IPAddress.Parse(address), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
    Console.WriteLine(answer.GetAwaiter().GetResult());
}
return 0;
