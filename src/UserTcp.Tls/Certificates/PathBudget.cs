namespace UserTcp.Tls.Certificates;

/// <summary>How much work a server's certificates may cause; <see cref="TlsBudgets"/> says where the numbers come from.</summary>
/// <param name="Signatures">Signatures verified while paths are tried.</param>
/// <param name="Intermediates">Certificates between the server's and the trust anchor.</param>
/// <param name="NameComparisons">Names times constraints.</param>
internal sealed record PathBudget(
    int Signatures = TlsBudgets.PathSignatures, int Intermediates = TlsBudgets.PathIntermediates, int NameComparisons = TlsBudgets.NameComparisons)
{
    internal static PathBudget Default { get; } = new();
}
