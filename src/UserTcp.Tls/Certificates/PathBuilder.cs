namespace UserTcp.Tls.Certificates;

/// <summary>Finds a path from the server's certificate to a trust anchor (RFC 4158) in which every rule of RFC 5280 6.1 holds.</summary>
/// <remarks>Depth first with backtracking: a certificate can have several possible issuers (cross-signed, renewed, or of the same name), and a rule
/// that one of them breaks is no reason to give up on the others. Trust anchors are tried first, then issuers whose key identifier is the one asked
/// for. Each step costs one signature, whose number is bounded, as is the length. A signature is verified before the issuer is judged,
/// so that a complaint is always about the real issuer.</remarks>
internal sealed class PathBuilder(IReadOnlyList<IssuerCandidate> intermediates, ChainQuestion question, VerifiedChain? known)
{
    /// <summary>An intermediate and an anchor, ten rules for each.</summary>
    private const int UsualFindings = 24;

    private readonly TrustStore _anchors = question.Anchors;
    private readonly PathBudget _budget = question.Budget;
    private readonly NameConstraintRule _nameConstraints = new(question.Budget.NameComparisons);
    private readonly List<CertificateDetails> _path = [];
    private readonly List<Finding> _findings = new(UsualFindings);
    private int _signaturesLeft = question.Budget.Signatures;
    private Finding? _failure;
    private FailureRank _failureRank;

    /// <summary>How much a failed attempt explains. The first one of the highest rank is reported.</summary>
    private enum FailureRank
    {
        None,
        NoIssuer,
        Unreadable,
        BadSignature,
        BrokenRule,
        TooLong,
        OutOfBudget,
    }

    /// <summary>From the server's certificate to the trust anchor; only the former when there is no path.</summary>
    internal IReadOnlyList<CertificateDetails> Path => _path;

    /// <summary>What was checked of the path.</summary>
    internal IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The certificates of the attempt that explains the failure best, the one that broke a rule last.</summary>
    internal IReadOnlyList<CertificateDetails> Attempt { get; private set; } = [];

    /// <summary>What had been checked in that attempt.</summary>
    internal IReadOnlyList<Finding> AttemptFindings { get; private set; } = [];

    /// <summary>Builds the path. Null, or why there is none.</summary>
    internal Finding? Build(CertificateDetails server)
    {
        _path.Add(server);
        return _anchors.Contains(server) || Extend() ? null : _failure;
    }

    private bool Extend()
    {
        CertificateDetails child = _path[^1];
        Finding strength = CertificateRules.SignatureStrength(child);
        if (!strength.Passed) return Fail(FailureRank.BrokenRule, strength);
        _findings.Add(strength);
        int count = _findings.Count;

        List<CertificateDetails> trusted = Candidates(_anchors.Find(child.Issuer), child);
        foreach (CertificateDetails anchor in trusted)
        {
            if (IsIssuer(anchor, child) && IsGoodAnchor(anchor))
            {
                _path.Add(anchor);
                return true;
            }
            _findings.RemoveRange(count, _findings.Count - count);
        }

        List<CertificateDetails> sent = Candidates(intermediates, child);
        sent.RemoveAll(IsInPath);
        foreach (CertificateDetails issuer in sent)
        {
            // RFC 5280 6.1.4 (l): as where an authority limits the path, self-issued certificates are not counted
            if (CountedIntermediates() + (issuer.IsSelfIssued ? 0 : 1) > _budget.Intermediates)
            {
                Fail(FailureRank.TooLong, OutOfBudget($"more than {_budget.Intermediates} intermediates"));
                continue;
            }
            if (IsIssuer(issuer, child) && IsGoodIntermediate(issuer))
            {
                _path.Add(issuer);
                if (Extend()) return true;
                _path.RemoveAt(_path.Count - 1);
            }
            _findings.RemoveRange(count, _findings.Count - count);
            if (_failureRank == FailureRank.OutOfBudget) return false;
        }

        _findings.RemoveAt(count - 1);
        if (trusted.Count + sent.Count == 0) Fail(FailureRank.NoIssuer, UnknownIssuer(child));
        return false;
    }

    /// <summary>RFC 4158 3.5.12: matching key identifiers first, then unknown ones; a mismatch only orders, because only the signature decides.</summary>
    private List<CertificateDetails> Candidates(IReadOnlyList<IssuerCandidate> issuers, CertificateDetails child)
    {
        var readable = new List<CertificateDetails>();
        for (int i = 0; i < issuers.Count; i++)
        {
            IssuerCandidate issuer = issuers[i];
            if (!issuer.Subject.Equals(child.Issuer)) continue;
            if (issuer.Details is { } details) readable.Add(details);
            else Fail(FailureRank.Unreadable, Finding.Malformed(issuer.Subject, issuer.Defect));
        }
        return readable.Count < 2 ? readable : [.. readable.OrderBy(issuer => IdentifiersAgree(issuer, child) switch { true => 0, null => 1, false => 2 })];
    }

    private static bool? IdentifiersAgree(CertificateDetails issuer, CertificateDetails child) =>
        child.AuthorityKeyIdentifier is { } wanted && issuer.SubjectKeyIdentifier is { } own ? own.Span.SequenceEqual(wanted.Span) : null;

    /// <summary>RFC 4158 5.2: the same name with the same key again is a loop.</summary>
    private bool IsInPath(CertificateDetails certificate) =>
        _path.Exists(c => c.Subject.Equals(certificate.Subject) && c.SubjectPublicKeyInfo.Span.SequenceEqual(certificate.SubjectPublicKeyInfo.Span));

    private int CountedIntermediates()
    {
        int count = 0;
        for (int i = 1; i < _path.Count; i++)
        {
            if (!_path[i].IsSelfIssued) count++;
        }
        return count;
    }

    /// <summary>RFC 5280 6.1.3 (a)(1): the issuer's key made the signature. Never tried with a key that is too large or too weak.</summary>
    private bool IsIssuer(CertificateDetails issuer, CertificateDetails child)
    {
        if (!Holds(CertificateRules.KeyStrength(issuer))) return false;
        if (--_signaturesLeft < 0) return Fail(FailureRank.OutOfBudget, OutOfBudget($"more than {_budget.Signatures} signatures to try"));
        if (known?.Holds(child, issuer) is true || CertificateSignature.Verify(question.Crypto, child, issuer.Key!)) return true;
        return IdentifiersAgree(issuer, child) is false
            ? Fail(FailureRank.NoIssuer, UnknownIssuer(child))
            : Fail(FailureRank.BadSignature, Finding.Of(CertificateCheckKind.Issuer, child, false, $"a signature that the key of {issuer.Subject} did not make",
                "one that it made", "RFC 5280 6.1.3 (a)(1)", TlsError.CertificateBadSignature,
                "The certificate was altered, or issued by another authority of the same name: compare the authority's certificate with the one that is trusted."));
    }

    private bool IsGoodIssuer(CertificateDetails issuer) =>
        Holds(CertificateRules.Validity(issuer, question.UtcNow))           // RFC 5280 6.1.3 (a)(2)
        && Holds(IssuerRules.IsAuthority(issuer))                           // RFC 5280 6.1.4 (k)
        && Holds(CertificateRules.Profile(issuer))
        && Holds(CertificateRules.CriticalExtensions(issuer))               // RFC 5280 6.1.4 (o)
        && Holds(IssuerRules.SigningUsage(issuer))                          // RFC 5280 6.1.4 (n)
        && Holds(IssuerRules.Purpose(issuer, question.Purpose))
        && Holds(IssuerRules.PathLength(issuer, _path))                     // RFC 5280 6.1.4 (l), (m)
        && Holds(_nameConstraints.Check(issuer, _path));                    // RFC 5280 6.1.3 (b), (c)

    private bool IsGoodIntermediate(CertificateDetails issuer) =>
        IsGoodIssuer(issuer) && (_anchors.Profile != CertificateProfile.Public || Holds(PublicRules.Intermediate(issuer)));

    private bool IsGoodAnchor(CertificateDetails anchor) =>
        IsGoodIssuer(anchor) && Holds(IssuerRules.AnchorIdentifiers(anchor)) && (_anchors.Profile != CertificateProfile.Public || Holds(PublicRules.Anchor(anchor)));

    /// <summary>Takes down what a rule says of an issuer; the rules after one that is broken are not asked.</summary>
    private bool Holds(Finding finding)
    {
        if (!finding.Passed) return Fail(finding.Error == TlsError.CertificatePathBudget ? FailureRank.OutOfBudget : FailureRank.BrokenRule, finding, finding.Certificate);
        _findings.Add(finding);
        return true;
    }

    private bool Fail(FailureRank rank, Finding failure, CertificateDetails? judged = null)
    {
        if (rank <= _failureRank) return false;
        (_failureRank, _failure) = (rank, failure);
        Attempt = judged is null ? [.. _path] : [.. _path, judged];
        AttemptFindings = [.. _findings];
        return false;
    }

    private Finding OutOfBudget(string seen) =>
        Finding.Of(CertificateCheckKind.Issuer, _path[0], false, seen,
            $"a trust anchor within {_budget.Signatures} signatures and {_budget.Intermediates} intermediates",
            "RFC 5280 6.1", TlsError.CertificatePathBudget, "Have the server send only the certificates of its own chain.");

    /// <summary>RFC 5280 6.1.1 (d): nobody who is trusted has the issuer's name. A server that vouches for itself is told apart.</summary>
    private Finding UnknownIssuer(CertificateDetails last)
    {
        bool selfSigned = last.IsSelfIssued && last.Key is { } key && --_signaturesLeft >= 0 && CertificateSignature.Verify(question.Crypto, last, key);
        string store = $"one of the {_anchors.Count} trust anchors of {_anchors.Source}";
        if (selfSigned && _path.Count == 1)
        {
            return Finding.Of(CertificateCheckKind.Issuer, last, false, "a certificate signed with its own key", store, "RFC 5280 6.1.1 (d)",
                TlsError.CertificateSelfSigned,
                "If it is the server's, save it and name that file as the trust anchors; otherwise have it issued by a certification authority.");
        }
        return Finding.Of(CertificateCheckKind.Issuer, _path[0], false,
            selfSigned ? $"a chain that ends in the unknown root {last.Subject}" : $"the unknown issuer {last.Issuer}", store,
            "RFC 5280 6.1.3 (a)(4)", TlsError.CertificateUnknownIssuer,
            last.IssuerAddress is { } address && !selfSigned
                ? $"The server may have left out the certificate of {last.Issuer}, which is at {Printable.Text(address)}; nothing is fetched: have it sent along. If the authority is private, name its certificate as the trust anchors."
                : "If the authority is private, name its certificate as the trust anchors; if it is public, the server may have left out an intermediate certificate.");
    }
}
