using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using KeyUsageBits = Org.BouncyCastle.Asn1.X509.KeyUsage;

namespace UserTcp.Tls.Certificates;

/// <summary>The extensions of a certificate (RFC 5280 4.2), read by the types that it gives them.</summary>
internal sealed class ExtensionValues
{
    // RFC 7633 6: id-pe-tlsfeature; the features are TLS extension numbers
    private static readonly DerObjectIdentifier TlsFeature = new("1.3.6.1.5.5.7.1.24");
    private const int StatusRequest = (int)Wire.ExtensionType.StatusRequest;

    private readonly Dictionary<string, bool> _criticality = [];
    private readonly List<string> _unprocessedCritical = [];

    internal IReadOnlyDictionary<string, bool> Criticality => _criticality;

    internal IReadOnlyList<string> UnprocessedCritical => _unprocessedCritical;

    internal bool IsAuthority { get; private set; }

    internal int? PathLength { get; private set; }

    internal int? KeyUsage { get; private set; }

    internal IReadOnlyList<string>? ExtendedKeyUsage { get; private set; }

    internal IReadOnlyList<AlternativeName> AlternativeNames { get; private set; } = [];

    internal NameSubtrees? NameConstraints { get; private set; }

    internal byte[]? SubjectKeyIdentifier { get; private set; }

    internal byte[]? AuthorityKeyIdentifier { get; private set; }

    internal string? IssuerAddress { get; private set; }

    internal bool MustStaple { get; private set; }

    /// <summary>Reads them all; throws when one is malformed or there twice.</summary>
    internal static ExtensionValues Read(X509Extensions? extensions)
    {
        var values = new ExtensionValues();
        foreach (DerObjectIdentifier oid in extensions?.ExtensionOids ?? [])
        {
            X509Extension extension = extensions!.GetExtension(oid);
            string id = ObjectIdentifier.Text(oid);
            values._criticality.Add(id, extension.IsCritical);    // RFC 5280 4.2: not twice; BouncyCastle and this Add throw
            try
            {
                if (!values.Process(oid, extension) && extension.IsCritical) values._unprocessedCritical.Add(id);
            }
            catch (Exception malformed) when (malformed is not FormatException)
            {
                throw new FormatException($"extension {id} is malformed: {malformed.Message}", malformed);
            }
        }
        return values;
    }

    /// <summary>Reads one; false when its meaning is not processed.</summary>
    private bool Process(DerObjectIdentifier oid, X509Extension extension)
    {
        if (oid.Equals(X509Extensions.BasicConstraints)) ReadBasicConstraints(extension);
        else if (oid.Equals(X509Extensions.KeyUsage)) KeyUsage = KeyUsageBits.GetInstance(Value(extension)).IntValue;
        else if (oid.Equals(X509Extensions.ExtendedKeyUsage)) ExtendedKeyUsage = ReadExtendedKeyUsage(extension);
        else if (oid.Equals(X509Extensions.SubjectAlternativeName)) AlternativeNames = ReadNames(extension);
        else if (oid.Equals(X509Extensions.NameConstraints)) NameConstraints = ReadNameConstraints(extension);
        else if (oid.Equals(X509Extensions.SubjectKeyIdentifier))
            SubjectKeyIdentifier = Org.BouncyCastle.Asn1.X509.SubjectKeyIdentifier.GetInstance(Value(extension)).GetKeyIdentifier();
        else if (oid.Equals(X509Extensions.AuthorityKeyIdentifier))
            AuthorityKeyIdentifier = Org.BouncyCastle.Asn1.X509.AuthorityKeyIdentifier.GetInstance(Value(extension)).KeyIdentifier?.GetOctets();
        else if (oid.Equals(X509Extensions.AuthorityInfoAccess)) IssuerAddress = ReadIssuerAddress(extension);
        else if (oid.Equals(TlsFeature)) MustStaple = ReadFeatures(extension).Contains(StatusRequest);
        else if (oid.Equals(X509Extensions.PolicyConstraints)) return !RequiresExplicitPolicy(extension);
        // RFC 5280 6.1: with any policy acceptable to us these can only fail a path in which some authority requires an explicit policy.
        else return oid.Equals(X509Extensions.CertificatePolicies) || oid.Equals(X509Extensions.PolicyMappings) || oid.Equals(X509Extensions.InhibitAnyPolicy);
        return true;
    }

    private static string? ReadIssuerAddress(X509Extension extension) =>
        AuthorityInformationAccess.GetInstance(Value(extension)).GetAccessDescriptions()
            .Where(access => access.AccessMethod.Equals(AccessDescription.IdADCAIssuers) && access.AccessLocation.TagNo == GeneralName.UniformResourceIdentifier)
            .Select(access => ((DerIA5String)access.AccessLocation.Name).GetString())
            .FirstOrDefault();

    private static int[] ReadFeatures(X509Extension extension) =>
        [.. Asn1Sequence.GetInstance(Value(extension)).Select(feature => DerInteger.GetInstance(feature).IntValueExact)];

    private static Asn1Object Value(X509Extension extension) => Asn1Object.FromByteArray(extension.Value.GetOctets());

    private void ReadBasicConstraints(X509Extension extension)
    {
        var constraints = BasicConstraints.GetInstance(Value(extension));
        IsAuthority = constraints.IsCA();
        if (constraints.PathLenConstraintInteger is not { } length) return;
        if (length.Value.SignValue < 0) throw new FormatException("basicConstraints has a negative path length");
        PathLength = length.Value.BitLength > 31 ? int.MaxValue : length.Value.IntValue;
    }

    private static string[] ReadExtendedKeyUsage(X509Extension extension)
    {
        var sequence = Asn1Sequence.GetInstance(Value(extension));
        if (sequence.Count == 0) throw new FormatException("extKeyUsage is empty");    // RFC 5280 4.2.1.12: SIZE (1..MAX)
        return [.. sequence.Select(oid => ObjectIdentifier.Text(DerObjectIdentifier.GetInstance(oid)))];
    }

    private static AlternativeName[] ReadNames(X509Extension extension)
    {
        GeneralName[] names = GeneralNames.GetInstance(Value(extension)).GetNames();
        if (names.Length == 0) throw new FormatException("subjectAltName is empty");    // RFC 5280 4.2.1.6: SIZE (1..MAX)
        return [.. names.Select(AlternativeName.From)];
    }

    private static NameSubtrees ReadNameConstraints(X509Extension extension)
    {
        var constraints = Org.BouncyCastle.Asn1.X509.NameConstraints.GetInstance(Value(extension));
        var subtrees = new NameSubtrees(ReadSubtrees(constraints.PermittedSubtreesValue), ReadSubtrees(constraints.ExcludedSubtreesValue));
        if (subtrees.Permitted.Count + subtrees.Excluded.Count == 0) throw new FormatException("nameConstraints is empty");    // RFC 5280 4.2.1.10
        return subtrees;
    }

    private static AlternativeName[] ReadSubtrees(GeneralSubtrees? list)
    {
        if (list is null) return [];
        if (list.GetElements().Length == 0) throw new FormatException("nameConstraints has an empty list of subtrees");    // RFC 5280 4.2.1.10: SIZE (1..MAX)
        var subtrees = new List<AlternativeName>();
        foreach (GeneralSubtree subtree in list.GetElements())
        {
            // RFC 5280 4.2.1.10: minimum MUST be zero, and maximum MUST be absent
            if (subtree.MinimumObject is { Value.SignValue: not 0 } || subtree.MaximumObject is not null)
                throw new FormatException("nameConstraints uses minimum or maximum");
            var name = AlternativeName.From(subtree.Base);
            if (!name.IsSubtree) throw new FormatException($"nameConstraints has the malformed subtree {name}");
            subtrees.Add(name);
        }
        return [.. subtrees];
    }

    // RFC 5280 4.2.1.11: policies are not processed, so an authority that insists on one cannot be obeyed
    private static bool RequiresExplicitPolicy(X509Extension extension) =>
        Asn1Sequence.GetInstance(Value(extension)).Any(field => Asn1TaggedObject.GetInstance(field).TagNo == 0);
}
