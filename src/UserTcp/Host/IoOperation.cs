namespace UserTcp.Host;

/// <summary>One pending read or write of a stream, with the buffer that it is about.</summary>
/// <typeparam name="TBuffer">Memory to fill or to take from.</typeparam>
internal sealed class IoOperation<TBuffer>(Stack stack) : Completion<int>(stack)
    where TBuffer : struct
{
    /// <summary>What is left to fill (read) or to take (write).</summary>
    internal TBuffer Buffer { get; set; }

    /// <inheritdoc cref="Completion{TResult}.Start"/>
    internal void Start(TBuffer buffer, string kind)
    {
        Start(kind);
        Buffer = buffer;
    }
}
