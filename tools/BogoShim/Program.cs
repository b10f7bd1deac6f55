using UserTcp.BogoShim;
using UserTcp.Tls;

if (args is ["-is-handshaker-supported"])
{
    Console.WriteLine("No");
    return 0;
}

if (!ShimFlags.TryParse(args, out ShimFlags first, out ShimFlags resumed, out string? unknown))
{
    Console.Error.WriteLine($"not supported: {unknown}");
    return ExitCodes.Unimplemented;
}

try
{
    using var options = new ConnectionOptions();
    for (int i = 0; i <= first.ResumeCount; i++)
    {
        ShimFlags flags = i == 0 ? first : resumed;
        await new ShimConnection(flags, options, isResumption: i > 0).RunAsync();
    }
    return 0;
}
catch (Exception e) when (e is NotSupportedException or ArgumentException) // an option that our client refuses, such as a host name that no DNS can hold
{
    Console.Error.WriteLine($"not supported: {e.Message}");
    return ExitCodes.Unimplemented;
}
catch (TlsException e) when (e.Error == TlsError.ClientCertificateUnusable)
{
    Console.Error.WriteLine($"not supported: {e.Message}");
    return ExitCodes.Unimplemented;
}
catch (TlsException e)
{
    Console.Error.WriteLine($"{RunnerErrors.Of(e)} {e.Message}");
}
catch (ExpectationException e)
{
    Console.Error.WriteLine(e.Message);
}
catch (IOException e)
{
    Console.Error.WriteLine($"connection lost: {e.Message}");
}
return ExitCodes.Failure;
