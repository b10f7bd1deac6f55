namespace UserTcp.Tls.Certificates;

/// <summary>RFC 5280 4.2.1.10 and 6.1.3 (b), (c): the names below an authority lie in the name space that it was given.</summary>
internal sealed class NameConstraintRule(int comparisons)
{
    private int _left = comparisons;

    /// <summary>Judges the certificates below an authority.</summary>
    /// <param name="issuer">The authority.</param>
    /// <param name="below">The path from the server's certificate to the one that it signed.</param>
    internal Finding Check(CertificateDetails issuer, IReadOnlyList<CertificateDetails> below)
    {
        string? violation = null;
        if (issuer.NameConstraints is { } constraints)
        {
            for (int i = below.Count - 1; i >= 0 && violation is null; i--)
            {
                // RFC 5280 6.1.3 (b): not applied to self-issued certificates, unless it is the last of the path
                if (i > 0 && below[i].IsSelfIssued) continue;
                violation = Names(below[i]).Select(name => Violation(name, constraints)).FirstOrDefault(v => v is not null);
            }
        }
        bool exhausted = _left < 0;
        return Finding.Of(CertificateCheckKind.NameConstraints, issuer, violation is null && !exhausted,
            exhausted ? "more names and constraints than are compared" : violation ?? (issuer.NameConstraints is null ? "none" : "all names inside"),
            issuer.NameConstraints is null ? "any name" : new Wording(static authority => Describe(authority.NameConstraints!)), "RFC 5280 4.2.1.10",
            exhausted ? TlsError.CertificatePathBudget : TlsError.CertificateNameConstraints,
            "The authority may not issue for that name: have the certificate issued by one that may.");
    }

    private static IEnumerable<AlternativeName> Names(CertificateDetails certificate)
    {
        if (!certificate.Subject.IsEmpty) yield return AlternativeName.Of(certificate.Subject);
        foreach (string email in certificate.Subject.EmailAddresses) yield return AlternativeName.Of(email);
        foreach (AlternativeName name in certificate.AlternativeNames) yield return name;
    }

    /// <summary>Every pair counts, also of two forms: to pass over it costs time too. Out of budget everything is a violation; <see cref="Check"/> then tells the budget instead.</summary>
    private string? Violation(AlternativeName name, NameSubtrees constraints)
    {
        bool processed = IsProcessed(name);     // asked once: it looks at each character
        bool restricted = false;
        bool permitted = false;
        foreach (AlternativeName subtree in constraints.Excluded)
        {
            if (--_left < 0) return "";
            // A malformed name may be anything.
            if (subtree.Form == name.Form && (!processed || MayBeWithin(name, subtree))) return $"{name} in the excluded {subtree}";
        }
        foreach (AlternativeName subtree in constraints.Permitted)
        {
            if (--_left < 0) return "";
            if (subtree.Form != name.Form) continue;
            restricted = true;
            permitted = processed && Within(name, subtree);
            if (permitted) break;
        }
        return restricted && !permitted ? $"{name} outside" : null;
    }

    private static bool MayBeWithin(AlternativeName name, AlternativeName subtree) => name.Form switch
    {
        NameForm.Dns when name.Text.StartsWith("*.", StringComparison.Ordinal) => WildcardMeets(name.Text[2..], subtree.Text),
        _ => Within(name, subtree),
    };

    private static bool Within(AlternativeName name, AlternativeName subtree) => name.Form switch
    {
        NameForm.Dns => DnsWithin(name.Text, subtree.Text),
        NameForm.Email => EmailWithin(name.Text, subtree.Text),
        NameForm.IpAddress => AddressWithin(name.Octets.Span, subtree.Octets.Span),
        NameForm.Directory => name.Directory!.IsWithin(subtree.Directory!),
        _ => false,
    };

    /// <summary>False for malformed names, and for forms whose constraints are not processed: then the certificate must be refused (RFC 5280 4.2.1.10).</summary>
    private static bool IsProcessed(AlternativeName name) => name.Form switch
    {
        NameForm.Dns => HostNameMatcher.IsDnsName(name.Text.StartsWith("*.", StringComparison.Ordinal) ? name.Text[2..] : name.Text),
        NameForm.Email => name.Text.Length <= AlternativeName.MaxMailboxLength && name.Text.Count(c => c == '@') == 1,
        NameForm.IpAddress => name.Octets.Length is 4 or 16,
        NameForm.Directory => true,
        _ => false,
    };

    /// <summary>The name itself and every name made by adding labels to the left; with a leading dot only the latter.</summary>
    private static bool DnsWithin(string name, string subtree) =>
        subtree.Length == 0
        || (subtree[0] == '.' ? name.EndsWith(subtree, StringComparison.OrdinalIgnoreCase)
            : name.Equals(subtree, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + subtree, StringComparison.OrdinalIgnoreCase));

    /// <summary>A wildcard stands for every label: one of the names that it could stand for may be the excluded one.</summary>
    private static bool WildcardMeets(string parent, string subtree)
    {
        string host = subtree.TrimStart('.');
        if (DnsWithin(parent, host)) return true;
        int dot = subtree.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && subtree.AsSpan(dot + 1).Equals(parent, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A constraint is a mailbox, a host, or a domain with a leading dot. The local part is compared as it is written.</summary>
    private static bool EmailWithin(string mailbox, string subtree)
    {
        int at = mailbox.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) return false;
        ReadOnlySpan<char> host = mailbox.AsSpan(at + 1);
        int subtreeAt = subtree.IndexOf('@', StringComparison.Ordinal);
        if (subtreeAt >= 0)
            return mailbox.AsSpan(0, at).SequenceEqual(subtree.AsSpan(0, subtreeAt))
                && host.Equals(subtree.AsSpan(subtreeAt + 1), StringComparison.OrdinalIgnoreCase);
        return subtree.StartsWith('.') ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase) : host.Equals(subtree, StringComparison.OrdinalIgnoreCase);
    }

    private static bool AddressWithin(ReadOnlySpan<byte> address, ReadOnlySpan<byte> subtree)
    {
        if (subtree.Length != 2 * address.Length) return false;    // the other version of IP
        for (int i = 0; i < address.Length; i++)
        {
            byte mask = subtree[address.Length + i];
            if ((address[i] & mask) != (subtree[i] & mask)) return false;
        }
        return true;
    }

    private static string Describe(NameSubtrees constraints)
    {
        var parts = new List<string>();
        if (constraints.Permitted.Count > 0) parts.Add($"only names in {Printable.List(constraints.Permitted)}");
        if (constraints.Excluded.Count > 0) parts.Add($"none in {Printable.List(constraints.Excluded)}");
        return string.Join(", ", parts);
    }
}
