using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace UserTcp.Peer;

/// <summary>Connecting and closing, one after the other.</summary>
internal static class Connects
{
    /// <returns>The answer to the command.</returns>
    internal static async Task<string> Run(Stack stack, IPAddress address, TimeSpan limit)
    {
        IPEndPoint peer = new(address, Servers.ClosePort);
        byte[] nothing = new byte[1];
        int count = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            await using TcpStream stream = await stack.ConnectAsync(peer);
            if (await stream.ReadAsync(nothing) != 0) throw new InvalidDataException("The end of the stream was expected.");
            count++;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{{\"count\": {count}, \"seconds\": {Stopwatch.GetElapsedTime(start).TotalSeconds:F6}}}");
    }
}
