using Xunit.v3;

namespace UserTcp.Tests;

/// <summary>Names the RFC section that a test checks.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RfcAttribute(string number, string section) : Attribute, ITraitAttribute
{
    public string Number => number;

    public string Section => section;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("RFC", $"{number} {section}")];
}
