using UserTcp.Cli.Output;
using UserTcp.Cli.Verbs;

using Terminal terminal = Terminal.OfProcess();
return await CommandTree.RunAsync(args, terminal).ConfigureAwait(false);
