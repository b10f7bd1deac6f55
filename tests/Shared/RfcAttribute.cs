using Xunit.v3;

namespace UserTcp.Tests;

/// <summary>Names the RFC section that a test checks, and the rules of it that it would see broken: MUST-10, a step, or a name from the lists of
/// tools/ConformanceMatrix.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RfcAttribute(string number, string section, params string[] rules) : Attribute, ITraitAttribute
{
    public string Number => number;

    public string Section => section;

    public IReadOnlyList<string> Rules => rules;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits()
        => [new("RFC", $"{number} {section}"), .. rules.Select(rule => new KeyValuePair<string, string>("RFC", $"{number} {section}, {rule}"))];
}
