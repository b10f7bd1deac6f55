namespace UserTcp.ConformanceMatrix;

/// <summary>One rule of an RFC.</summary>
/// <param name="Rfc">The RFC and its title.</param>
/// <param name="Sections">Where it is written; empty when the whole RFC is one rule.</param>
/// <param name="Label">Its number in the RFC (MUST-10), its step (fifth, (3)) or a name of ours (loss-window); empty when the section is one rule.</param>
/// <param name="Level">must, should or may.</param>
/// <param name="Demand">What it asks for, in our words.</param>
/// <param name="Remark">What else there is to say; the reason when it is not followed as written.</param>
/// <param name="Standing">Whether it is followed.</param>
internal sealed record Requirement(Rfc Rfc, IReadOnlyList<string> Sections, string Label, string Level, string Demand, string Remark, Standing Standing)
{
    /// <summary>How the source cites it.</summary>
    public string Id => $"RFC {Rfc.Number} {string.Join(", ", Sections)}".TrimEnd() + (Label.Length == 0 ? "" : Label[0] == '(' ? $" {Label}" : $", {Label}");

    /// <summary>Whether a citation means this rule.</summary>
    public bool IsMeantBy(Citation citation)
        => citation.Rfc == Rfc.Number && (Sections.Count == 0 || Sections.Contains(citation.Section))
            && (citation.Label == Label || (Label.Length == 0 && citation.IsStep)); // a step of a section that is one rule
}

/// <summary>Whether a rule is followed.</summary>
internal enum Standing
{
    /// <summary>The source cites it where it is followed.</summary>
    Followed,

    /// <summary>The source cites it where something else is done on purpose.</summary>
    Differs,

    /// <summary>There is nothing in the source that could cite it.</summary>
    NotDone,
}

/// <summary>An RFC with its title.</summary>
internal sealed record Rfc(int Number, string Title);
