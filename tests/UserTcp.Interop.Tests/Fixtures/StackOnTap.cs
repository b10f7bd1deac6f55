using UserTcp.Link;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Our stack in this process, on a lab's TAP.</summary>
internal sealed class StackOnTap : IAsyncDisposable
{
    private readonly TapDevice _tap;

    /// <summary>Opens the TAP and starts a stack on it.</summary>
    public StackOnTap(TapLab lab, bool offload)
    {
        _tap = new(TapLab.Tap, offload);
        lab.Namespace.Run(_tap.Open);
        Stack = new(_tap, new() { Address = TapLab.Ours, PrefixLength = 24, Gateway = TapLab.Kernel, DnsServers = [TapLab.Kernel] });
    }

    /// <summary>The stack.</summary>
    public Stack Stack { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stack.DisposeAsync();
        _tap.Close();
    }
}
