using System.Diagnostics.CodeAnalysis;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>Says where the client differs from what it was, and what to do when it shall.</summary>
internal static class TranscriptDifference
{
    internal const string Switch = "USERTCP_REFRESH_TRANSCRIPTS";

    private const string Advice = $"""
        If the change is meant, record anew and look at what git says has changed (tests/UserTcp.Tls.Tests/Transcripts/README.md):
          tools/install-test-peers.sh
          {Switch}=1 dotnet run -c Release --project tests/UserTcp.Tls.Tests -- --filter-class '*.TranscriptTests'
        """;

    [DoesNotReturn]
    internal static void Fail(string where, string what)
    {
        Assert.Fail($"{where}: {what}.\n{Advice}");
        throw new InvalidOperationException();      // not reached; Assert.Fail is not declared so
    }

    /// <summary>The first byte that differs and the field it lies in; when that is a length, also the first field that is not one.</summary>
    internal static string Describe(TranscriptRecord recorded, byte[] now)
    {
        byte[] before = recorded.Bytes;
        int at = before.AsSpan().CommonPrefixLength(now);
        IReadOnlyList<RecordField> fieldsBefore = RecordFields.Of(before, recorded.IsProtected), fieldsNow = RecordFields.Of(now, recorded.IsProtected);
        RecordField field = fieldsBefore.LastOrDefault(f => f.Start <= at) ?? fieldsNow[^1];
        string text = $"the first byte that differs is byte {at} of {before.Length}, in {field.Name}: recorded {ByteAt(before, at)}, now {ByteAt(now, at)}";
        if (!field.IsLength) return text;

        for (int i = 0; i < Math.Max(fieldsBefore.Count, fieldsNow.Count); i++)
        {
            string old = Text(before, fieldsBefore.ElementAtOrDefault(i)), current = Text(now, fieldsNow.ElementAtOrDefault(i));
            if (old == current || fieldsBefore.ElementAtOrDefault(i) is { IsLength: true } a && fieldsNow.ElementAtOrDefault(i) is { IsLength: true } b && a.Name == b.Name) continue;
            return $"{text}; beyond lengths it is recorded {old}, now {current}";
        }
        return text;
    }

    private static string ByteAt(byte[] record, int at) => at < record.Length ? $"{record[at]:x2}" : "the end";

    private static string Text(byte[] record, RecordField? field)
        => field is null ? "the end" : $"{field.Name} {Convert.ToHexStringLower(record.AsSpan(field.Start, Math.Min(field.Length, record.Length - field.Start)))}";
}
