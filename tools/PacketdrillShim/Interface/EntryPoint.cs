using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UserTcp.PacketdrillShim.Interface;

/// <summary>The one symbol that the shared library exports.</summary>
internal static unsafe class EntryPoint
{
    /// <summary>Makes a new machine and tells packetdrill what to call. May be called any number of times: machines know nothing of each other.</summary>
    [UnmanagedCallersOnly(EntryPoint = "packetdrill_interface_init", CallConvs = [typeof(CallConvCdecl)])]
    internal static void Initialize(byte* flags, PacketdrillInterface* table)
        => CallTable.Fill(out *table, new(ShimFlags.Parse(Marshal.PtrToStringUTF8((nint)flags))));
}
