namespace UserTcp.BogoShim;

/// <summary>What the runner reads from an exit code.</summary>
internal static class ExitCodes
{
    internal const int Failure = 1;

    /// <summary>The test asks for something that this shim does not do: counted apart from failures.</summary>
    internal const int Unimplemented = 89;
}
