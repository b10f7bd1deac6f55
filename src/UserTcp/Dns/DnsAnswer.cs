using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>What a message that belongs to our question says about a name.</summary>
/// <param name="Addresses">Its addresses; empty when there are none.</param>
/// <param name="Error">Why there are none; <see cref="DnsError.None"/> also when <paramref name="Alias"/> must be asked for.</param>
/// <param name="Alias">The name at the end of the chain of aliases when the message has no more of it.</param>
/// <param name="AliasesFollowed">The length of the chain within the message.</param>
/// <param name="TimeToLive">Seconds that the addresses may be kept: the least of all records used.</param>
internal readonly record struct DnsAnswer(IReadOnlyList<IpAddress> Addresses, DnsError Error, DnsName? Alias, int AliasesFollowed, uint TimeToLive)
{
    /// <summary>Says what does not fit between a query and a message that claims to answer it; null when all fits (RFC 5452 9.1).</summary>
    internal static string? Mismatch(DnsMessage message, ushort id, in DnsQuestion question)
    {
        if (message.Header.Id != id) return $"its id is {message.Header.Id}, ours {id}";
        if (!message.Header.IsResponse) return "it is a query";
        if (message.Header.Opcode != 0) return $"its opcode is {message.Header.Opcode}, ours 0";
        // A server that could not read the question need not repeat it.
        if (message.Question is null) return message.Header.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameError ? "it has no question" : null;
        return message.Question == question ? null : $"it answers '{message.Question.Value.Name}' (type {(ushort)message.Question.Value.Type}), not '{question.Name}'";
    }

    /// <summary>Reads the answer section: follows aliases from the name that was asked for, and takes only what hangs on them (RFC 1034 3.6.2, 5.3.3).</summary>
    internal static DnsAnswer Read(DnsMessage message, DnsName asked)
    {
        switch (message.Header.ResponseCode)
        {
            case DnsResponseCode.NoError or DnsResponseCode.NameError: break;
            case DnsResponseCode.ServerFailure: return Without(DnsError.ServerFailure);
            default: return Without(DnsError.Refused);
        }
        DnsName name = asked;
        uint timeToLive = uint.MaxValue;
        for (int followed = 0; followed <= Budgets.DnsAliases; followed++)
        {
            List<IpAddress> addresses = [];
            DnsRecord? alias = null;
            foreach (DnsRecord record in message.Answers)
            {
                if (record.Class != DnsMessage.ClassInternet || !record.Name.Equals(name)) continue;
                if (record.Type == DnsType.A && addresses.Count < Budgets.DnsAddresses)
                {
                    addresses.Add(record.Address);
                    timeToLive = Math.Min(timeToLive, record.TimeToLive);
                }
                else if (record.Type == DnsType.Cname)
                {
                    alias = record;
                }
            }
            if (addresses.Count > 0) return new(addresses, DnsError.None, null, followed, timeToLive);
            if (alias is not DnsRecord next)
            {
                if (message.Header.ResponseCode == DnsResponseCode.NameError) return Without(DnsError.NotFound); // RFC 6604 3: of the chain's end
                bool saysNo = followed == 0 || message.Authorities.Any(r => r.Type == DnsType.Soa); // RFC 2308 2.2
                return saysNo ? Without(DnsError.NoAddress) : new([], DnsError.None, name, followed, timeToLive);
            }
            name = next.Target!;
            timeToLive = Math.Min(timeToLive, next.TimeToLive);
        }
        return Without(DnsError.TooManyAliases);
    }

    private static DnsAnswer Without(DnsError error) => new([], error, null, 0, 0);
}
