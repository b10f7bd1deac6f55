using System.Net;
using System.Net.Sockets;
using UserTcp.Wire;

namespace UserTcp.Cli.Lesson;

/// <summary>A name server for one name, on the kernel's UDP.</summary>
/// <param name="socket">Bound to the address and port to answer on. Stays the caller's.</param>
/// <param name="host">The name it knows.</param>
/// <param name="address">That name's address.</param>
internal sealed class LessonDns(Socket socket, string host, IPAddress address)
{
    // A lesson is short; nobody should remember it longer.
    private const uint TimeToLiveSeconds = 60;

    private readonly DnsName _name = DnsName.Parse(host);
    private readonly IpAddress _address = IpAddress.From(address);

    /// <summary>Answers queries until cancelled. What is no query is passed over.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        byte[] query = new byte[DnsMessage.MaximumUdp], answer = new byte[DnsMessage.MaximumUdp];
        var anybody = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(query, anybody, cancellationToken).ConfigureAwait(false);
                int length = Answer(query.AsSpan(0, received.ReceivedBytes), answer);
                if (length > 0)
                    await socket.SendToAsync(answer.AsMemory(0, length), received.RemoteEndPoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Answers one message.</summary>
    /// <returns>The bytes written; 0 when it deserves no answer.</returns>
    internal int Answer(ReadOnlySpan<byte> query, Span<byte> answer)
    {
        if (DnsMessage.TryParse(query, out DnsMessage? message) != ParseError.None || message!.Header.IsResponse || message.Question is not { } question)
            return 0;
        bool ours = question.Name.Equals(_name) && question.Class == DnsMessage.ClassInternet;
        DnsRecord[] records = ours && question.Type == DnsType.A ? [DnsRecord.A(question.Name, TimeToLiveSeconds, _address)] : [];
        return DnsMessage.Response(message, ours ? DnsResponseCode.NoError : DnsResponseCode.NameError, records, []).Write(answer);
    }
}
