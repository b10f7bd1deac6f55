using System.Text;

namespace UserTcp.Tls.Certificates;

/// <summary>Makes text out of a certificate fit for a message: a server writes it, and a terminal may read it.</summary>
internal static class Printable
{
    /// <summary>Enough for every real name (RFC 5280 A.1 bounds its parts to 64), and short enough for a line.</summary>
    private const int MaxLength = 200;

    /// <summary>The text with control and formatting characters escaped, cut at 200 characters.</summary>
    internal static string Text(ReadOnlySpan<char> text)
    {
        var result = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (result.Length >= MaxLength) return result.Append('…').ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format)
                result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else
                result.Append(rune);
        }
        return result.ToString();
    }

    /// <summary>The first of many values, and how many more there are. Only the first are made into text: there may be thousands.</summary>
    internal static string List<T>(IReadOnlyCollection<T> values, int shown = 4)
    {
        string head = string.Join(", ", values.Take(shown));
        return values.Count > shown ? $"{head} and {values.Count - shown} more" : head;
    }
}
