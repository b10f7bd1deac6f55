using System.Formats.Asn1;
using System.Text;

namespace UserTcp.Tls.Certificates;

/// <summary>The extensions of a certificate (RFC 5280 4.2), read by the types that it gives them.</summary>
internal sealed class ExtensionValues
{
    private const int StatusRequest = (int)Wire.ExtensionType.StatusRequest;    // RFC 7633 6: the features are TLS extension numbers
    private const int IntOctets = 4;

    // A bit for each number below id-ce and id-pe that is under 64, which are all that are there.
    private UInt128 _present, _critical;
    private HashSet<string>? _others;
    private List<string>? _unprocessedCritical;
    private ReadOnlyMemory<byte> _issuerAddress;

    internal static ExtensionValues None { get; } = new();

    internal IReadOnlyList<string> UnprocessedCritical => _unprocessedCritical ?? (IReadOnlyList<string>)[];

    internal bool IsAuthority { get; private set; }

    internal int? PathLength { get; private set; }

    internal int? KeyUsage { get; private set; }

    internal IReadOnlyList<string>? ExtendedKeyUsage { get; private set; }

    internal IReadOnlyList<AlternativeName> AlternativeNames { get; private set; } = [];

    internal NameSubtrees? NameConstraints { get; private set; }

    internal ReadOnlyMemory<byte>? SubjectKeyIdentifier { get; private set; }

    internal ReadOnlyMemory<byte>? AuthorityKeyIdentifier { get; private set; }

    internal string? IssuerAddress => _issuerAddress.IsEmpty ? null : Encoding.ASCII.GetString(_issuerAddress.Span);

    internal bool MustStaple { get; private set; }

    internal bool Has(CertificateExtension extension) => (_present & Bit(extension)) != 0;

    internal bool IsCritical(CertificateExtension extension) => (_critical & Bit(extension)) != 0;

    /// <summary>Reads them all; throws when one is malformed or there twice.</summary>
    /// <param name="extensions">The elements of the SEQUENCE. There may be none: private authorities write that.</param>
    internal static ExtensionValues Read(DerReader extensions)
    {
        var values = new ExtensionValues();
        while (!extensions.AtEnd)
        {
            DerReader extension = extensions.ReadSequence();
            ReadOnlySpan<byte> oid = extension.ReadObjectIdentifier().Span;
            CertificateExtension? id = Identify(oid);
            if (id is null) ObjectIdentifier.Text(oid);
            // Many write the FALSE that DER leaves out.
            bool critical = extension.NextIs(UniversalTagNumber.Boolean) && extension.ReadBoolean();
            ReadOnlyMemory<byte> value = extension.ReadOctetString();
            extension.End();

            if (!values.Add(id, oid, critical)) throw new FormatException($"extension {ObjectIdentifier.Text(oid)} is there twice");    // RFC 5280 4.2
            try
            {
                if (!values.Process(id, value) && critical) (values._unprocessedCritical ??= []).Add(ObjectIdentifier.Text(oid));
            }
            catch (AsnContentException malformed)
            {
                throw new FormatException($"extension {ObjectIdentifier.Text(oid)} is malformed: {malformed.Message.TrimEnd('.')}", malformed);
            }
        }
        return values;
    }

    /// <summary>The number below id-ce or id-pe, also of an extension that is not processed; null for others.</summary>
    private static CertificateExtension? Identify(ReadOnlySpan<byte> oid) => oid switch
    {
        [6, 3, 0x55, 0x1d, < 64 and var number] => (CertificateExtension)number,
        [6, 8, 0x2b, 6, 1, 5, 5, 7, 1, < 64 and var number] => CertificateExtension.IdPe + number,
        _ => null,
    };

    private static UInt128 Bit(CertificateExtension extension) => UInt128.One << (int)extension;

    /// <summary>False when it is there already.</summary>
    private bool Add(CertificateExtension? id, ReadOnlySpan<byte> oid, bool critical)
    {
        if (id is not { } known) return (_others ??= []).Add(ObjectIdentifier.Text(oid));
        if (Has(known)) return false;
        _present |= Bit(known);
        if (critical) _critical |= Bit(known);
        return true;
    }

    /// <summary>Reads one; false when its meaning is not processed.</summary>
    private bool Process(CertificateExtension? id, ReadOnlyMemory<byte> value)
    {
        switch (id)
        {
            case CertificateExtension.BasicConstraints:
                ReadBasicConstraints(DerReader.Sequence(value));
                break;
            case CertificateExtension.KeyUsage:
                KeyUsage = ReadKeyUsage(value);
                break;
            case CertificateExtension.ExtendedKeyUsage:
                ExtendedKeyUsage = ReadExtendedKeyUsage(DerReader.Sequence(value));
                break;
            case CertificateExtension.SubjectAlternativeName:
                AlternativeNames = ReadNames(DerReader.Sequence(value));
                break;
            case CertificateExtension.NameConstraints:
                NameConstraints = ReadNameConstraints(DerReader.Sequence(value));
                break;
            case CertificateExtension.SubjectKeyIdentifier:
                var identifier = new DerReader(value);
                SubjectKeyIdentifier = identifier.ReadOctetString();
                identifier.End();
                break;
            case CertificateExtension.AuthorityKeyIdentifier:
                AuthorityKeyIdentifier = ReadAuthorityKeyIdentifier(DerReader.Sequence(value));
                break;
            case CertificateExtension.AuthorityInfoAccess:
                ReadIssuerAddress(DerReader.Sequence(value));
                break;
            case CertificateExtension.TlsFeature:
                MustStaple = ReadFeatures(DerReader.Sequence(value));
                break;
            case CertificateExtension.PolicyConstraints:
                return !RequiresExplicitPolicy(DerReader.Sequence(value));
            // RFC 5280 6.1: with any policy acceptable to us these can only fail a path in which some authority requires an explicit policy.
            case CertificateExtension.CertificatePolicies or CertificateExtension.PolicyMappings or CertificateExtension.InhibitAnyPolicy:
                break;
            default:
                return false;
        }
        return true;
    }

    private void ReadBasicConstraints(DerReader constraints)
    {
        IsAuthority = constraints.NextIs(UniversalTagNumber.Boolean) && constraints.ReadBoolean();
        if (!constraints.AtEnd)
        {
            ReadOnlySpan<byte> length = constraints.ReadInteger().Span;
            if ((length[0] & 0x80) != 0) throw new FormatException("basicConstraints has a negative path length");
            PathLength = length.Length > IntOctets ? int.MaxValue : ToInt32(length);
        }
        constraints.End();
    }

    private static int ToInt32(ReadOnlySpan<byte> bigEndian)
    {
        int number = (sbyte)bigEndian[0] < 0 ? -1 : 0;
        foreach (byte octet in bigEndian) number = number << 8 | octet;
        return number;
    }

    /// <summary>The bits as BouncyCastle's constants count them: the first is the highest of the lowest octet. Only nine have a meaning.</summary>
    private static int ReadKeyUsage(ReadOnlyMemory<byte> value)
    {
        var usage = new DerReader(value);
        ReadOnlySpan<byte> bits = usage.ReadBitString(out _).Span;
        usage.End();
        return (bits.Length > 0 ? bits[0] : 0) | (bits.Length > 1 ? bits[1] << 8 : 0);
    }

    private static List<string> ReadExtendedKeyUsage(DerReader purposes)
    {
        if (purposes.AtEnd) throw new FormatException("extKeyUsage is empty");    // RFC 5280 4.2.1.12: SIZE (1..MAX)
        var identifiers = new List<string>(2);
        while (!purposes.AtEnd) identifiers.Add(ObjectIdentifier.Text(purposes.ReadObjectIdentifier().Span));
        return identifiers;
    }

    private static List<AlternativeName> ReadNames(DerReader names)
    {
        if (names.AtEnd) throw new FormatException("subjectAltName is empty");    // RFC 5280 4.2.1.6: SIZE (1..MAX)
        var read = new List<AlternativeName>();
        while (!names.AtEnd) read.Add(AlternativeName.Read(ref names));
        return read;
    }

    private static NameSubtrees ReadNameConstraints(DerReader constraints)
    {
        var subtrees = new NameSubtrees(ReadSubtrees(ref constraints, 0), ReadSubtrees(ref constraints, 1));
        constraints.End();
        if (subtrees.Permitted.Count + subtrees.Excluded.Count == 0) throw new FormatException("nameConstraints is empty");    // RFC 5280 4.2.1.10
        return subtrees;
    }

    private static List<AlternativeName> ReadSubtrees(ref DerReader constraints, int tag)
    {
        if (constraints.NextContextTag != tag) return [];
        DerReader list = constraints.ReadSequence(tag);
        if (list.AtEnd) throw new FormatException("nameConstraints has an empty list of subtrees");    // RFC 5280 4.2.1.10: SIZE (1..MAX)
        var subtrees = new List<AlternativeName>();
        while (!list.AtEnd)
        {
            DerReader subtree = list.ReadSequence();
            var name = AlternativeName.Read(ref subtree);
            // RFC 5280 4.2.1.10: minimum MUST be zero, and maximum MUST be absent
            if ((subtree.NextContextTag == 0 && subtree.ReadInteger(0).Span is not [0]) || subtree.NextContextTag == 1)
                throw new FormatException("nameConstraints uses minimum or maximum");
            subtree.End();
            if (!name.IsSubtree) throw new FormatException($"nameConstraints has the malformed subtree {name}");
            subtrees.Add(name);
        }
        return subtrees;
    }

    // RFC 5280 4.2.1.1: authorityCertIssuer and authorityCertSerialNumber are both there or neither
    private static ReadOnlyMemory<byte>? ReadAuthorityKeyIdentifier(DerReader fields)
    {
        ReadOnlyMemory<byte>? key = null;
        if (fields.NextContextTag == 0) key = fields.ReadOctetString(0);
        bool hasIssuer = fields.NextContextTag == 1;
        if (hasIssuer)
        {
            DerReader issuers = fields.ReadSequence(1);
            while (!issuers.AtEnd) AlternativeName.Read(ref issuers);
        }
        bool hasSerialNumber = fields.NextContextTag == 2;
        if (hasSerialNumber) fields.ReadInteger(2);
        fields.End();
        return hasIssuer == hasSerialNumber ? key : throw new AsnContentException("authorityKeyIdentifier names an issuer without a serial number, or the other way round");
    }

    private void ReadIssuerAddress(DerReader accesses)
    {
        if (accesses.AtEnd) throw new AsnContentException("authorityInfoAccess is empty");    // RFC 5280 4.2.2.1: SIZE (1..MAX)
        while (!accesses.AtEnd)
        {
            DerReader access = accesses.ReadSequence();
            ReadOnlyMemory<byte> method = access.ReadObjectIdentifier();
            var name = AlternativeName.Read(ref access);
            access.End();
            if (method.Span is [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1]) continue;       // id-ad-ocsp, which is not asked
            if (method.Span is not [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2]) ObjectIdentifier.Text(method.Span);       // id-ad-caIssuers
            else if (name.Form == NameForm.Uri && _issuerAddress.IsEmpty) _issuerAddress = name.Octets;
        }
    }

    /// <summary>Whether status_request is one of the features.</summary>
    private static bool ReadFeatures(DerReader features)
    {
        bool mustStaple = false;
        while (!features.AtEnd)
        {
            ReadOnlySpan<byte> feature = features.ReadInteger().Span;
            if (feature.Length > IntOctets) throw new AsnContentException($"a TLS feature of {feature.Length} octets");
            mustStaple |= ToInt32(feature) == StatusRequest;
        }
        return mustStaple;
    }

    // RFC 5280 4.2.1.11: policies are not processed, so an authority that insists on one cannot be obeyed
    private static bool RequiresExplicitPolicy(DerReader constraints)
    {
        bool required = false;
        while (!constraints.AtEnd)
        {
            if (constraints.NextContextTag is not { } tag) throw new AsnContentException("policyConstraints with an unknown field");
            required |= tag == 0;
            constraints.ReadInteger(tag);
        }
        return required;
    }
}
