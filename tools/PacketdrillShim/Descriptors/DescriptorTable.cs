using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>Which number stands for what.</summary>
/// <remarks>The numbers are real ones of this process, of /dev/null: packetdrill closes with libc what a script has left open, and must neither fail nor
/// hit something of ours.</remarks>
internal sealed class DescriptorTable
{
    private readonly Dictionary<int, (Descriptor Descriptor, SafeFileHandle Place)> _open = [];

    /// <summary>Everything that is open.</summary>
    internal IEnumerable<Descriptor> Open => _open.Values.Select(entry => entry.Descriptor);

    /// <summary>Gives a number to something.</summary>
    internal int Add(Descriptor descriptor)
    {
        SafeFileHandle place = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        int number = (int)place.DangerousGetHandle();
        if (_open.Remove(number, out (Descriptor, SafeFileHandle Place) former)) former.Place.SetHandleAsInvalid(); // libc has closed it behind our back
        _open.Add(number, (descriptor, place));
        return number;
    }

    /// <summary>What a number stands for.</summary>
    internal bool TryGet(int number, [NotNullWhen(true)] out Descriptor? descriptor)
    {
        bool known = _open.TryGetValue(number, out (Descriptor Descriptor, SafeFileHandle) entry);
        descriptor = entry.Descriptor;
        return known;
    }

    /// <summary>Takes a number away.</summary>
    internal bool Remove(int number, [NotNullWhen(true)] out Descriptor? descriptor)
    {
        bool known = _open.Remove(number, out (Descriptor Descriptor, SafeFileHandle Place) entry);
        entry.Place?.Dispose();
        descriptor = entry.Descriptor;
        return known;
    }

    /// <summary>Forgets everything. The numbers are not closed: libc may have done so, and given them to others.</summary>
    internal void Abandon()
    {
        foreach ((_, SafeFileHandle place) in _open.Values) place.SetHandleAsInvalid();
        _open.Clear();
    }
}
