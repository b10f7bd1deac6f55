namespace UserTcp.Tls.Diagnosis;

/// <summary>What the server most likely means by something that it does not explain.</summary>
/// <param name="Likely">The likeliest cause first; without a full stop.</param>
/// <param name="Advice">One thing to try: whole sentences.</param>
internal sealed record Guess(string Likely, string Advice);
