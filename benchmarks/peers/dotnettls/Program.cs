using System.Diagnostics;
using System.Globalization;
using System.Net;
using UserTcp.Tls;
using UserTcp.TlsPeer;

// The TLS clients of .NET behind the commands of every peer (see ../../README.md).
//
//   tls-peer CLIENT AUTHORITY HOST [TAP ADDRESS]     with a TAP over our TCP, else over the kernel's

const int HandshakePort = 4433, BulkPort = 4434, Chunk = 1 << 16;

if (args.Length is not (3 or 5)) return 2;
await using Transport transport = args.Length == 5 ? Transport.OverTap(args[3], IPAddress.Parse(args[4])) : new KernelTransport();
ITlsClient client = args[0] switch
{
    "usertcp" => new UserTcpClient(args[1], args[2], TlsCryptoProvider.Default),
    "usertcp-chain-known" => new UserTcpClient(args[1], args[2], TlsCryptoProvider.Default, rememberChains: true),
    "usertcp-bouncycastle" => new UserTcpClient(args[1], args[2], TlsCryptoProvider.BouncyCastle),
    "usertcp-platform" => new UserTcpClient(args[1], args[2], TlsCryptoProvider.Platform),
    "sslstream" => new SslStreamClient(args[1], args[2]),
    "bouncycastle" => new BouncyCastleClient(args[1], args[2], tuned: false),
    "bouncycastle-tuned" => new BouncyCastleClient(args[1], args[2], tuned: true),
    _ => throw new ArgumentException($"{args[0]} is none of usertcp, usertcp-chain-known, usertcp-bouncycastle, usertcp-platform, sslstream, bouncycastle, bouncycastle-tuned"),
};
Console.WriteLine("ready");
while (Console.ReadLine()?.Split(' ') is [string verb, string address, string seconds])
    Console.WriteLine(Run(verb, IPAddress.Parse(address), double.Parse(seconds, CultureInfo.InvariantCulture)).GetAwaiter().GetResult());
return 0;

async Task<string> Run(string verb, IPAddress address, double seconds)
{
    long allocated = GC.GetTotalAllocatedBytes(), start = Stopwatch.GetTimestamp(), sum = 0;
    bool handshakes = verb is "full" or "resumed";
    if (handshakes)
    {
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; sum++) await Handshake(address, verb == "resumed");
    }
    else
    {
        sum = await Transfer(address, verb == "receive", seconds);
    }
    double took = Stopwatch.GetElapsedTime(start).TotalSeconds, each = (double)(GC.GetTotalAllocatedBytes() - allocated) / Math.Max(sum, 1);
    return string.Create(CultureInfo.InvariantCulture, $"{{\"{(handshakes ? "count" : "bytes")}\": {sum}, \"seconds\": {took:F6}, \"allocated\": {each:F3}}}");
}

async Task Handshake(IPAddress address, bool resume)
{
    await using Stream inner = await transport.ConnectAsync(new(address, HandshakePort));
    await using Stream stream = await client.ConnectAsync(inner, resume);
    if (await stream.ReadAsync(new byte[1]) != 0) throw new InvalidDataException("The end of the stream was expected.");
}

async Task<long> Transfer(IPAddress address, bool receive, double seconds)
{
    await using Stream inner = await transport.ConnectAsync(new(address, BulkPort));
    await using Stream stream = await client.ConnectAsync(inner, resume: false);
    byte[] bytes = new byte[Chunk];
    bytes[0] = receive ? (byte)'r' : (byte)'s';
    await stream.WriteAsync(bytes.AsMemory(0, 1));
    long sum = 0, start = Stopwatch.GetTimestamp();
    while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
    {
        if (!receive) await stream.WriteAsync(bytes);
        sum += receive ? await stream.ReadAsync(bytes) : bytes.Length;
    }
    return sum;
}
