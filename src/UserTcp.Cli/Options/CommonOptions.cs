using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace UserTcp.Cli.Options;

/// <summary>The options that every verb with a stack takes.</summary>
internal sealed class CommonOptions
{
    private const string DefaultTap = "tap0";

    private readonly Option<string?> _tap = ValueOption.Make<string?>("--tap", "name", $"The TAP to speak through; made when it does not exist. Default: {DefaultTap}.",
        (string text, out string? value) => (value = NotEmpty(text)) is not null, "the name of an interface such as tap0");

    private readonly Option<Cidr?> _address = ValueOption.Make<Cidr?>("--address", "address/prefix", "Our own address on the TAP, such as 10.0.0.2/24.",
        (string text, out Cidr? value) => { bool ok = Cidr.TryParse(text, out Cidr cidr); value = cidr; return ok; },
        "an IPv4 address with its prefix length such as 10.0.0.2/24");

    private readonly Option<IPAddress?> _gateway = ValueOption.Make<IPAddress?>("--gateway", "address", "The router to the rest of the world; often the kernel's address on the TAP.",
        (string text, out IPAddress? value) => OptionValues.TryAddress(text, out value),
        "an IPv4 address such as 10.0.0.1");

    private readonly Option<IPAddress[]> _dns = new("--dns")
    {
        HelpName = "address",
        Description = "A name server; can be given several times. Default: those of /etc/resolv.conf.",
        CustomParser = result =>
        {
            var servers = new List<IPAddress>();
            foreach (Token token in result.Tokens)
            {
                if (OptionValues.TryAddress(token.Value, out IPAddress? server))
                    servers.Add(server);
                else
                    result.AddError($"--dns is \"{token.Value}\"; an IPv4 address such as 9.9.9.9 is wanted");
            }

            return [.. servers];
        },
    };

    private readonly Option<bool> _twin = new("--twin")
    {
        Description = "No TAP and no root: the other end is a second stack of ours in this process, with .NET's TLS server on it.",
    };

    private readonly Option<string?> _pcapng = new("--pcapng") { HelpName = "file", Description = "Write every frame, and the TLS secrets, to a capture for Wireshark." };

    private readonly Option<string?> _keyLog = new("--keylog")
    {
        HelpName = "file",
        Description = "Append the TLS secrets in the format of SSLKEYLOGFILE, which is used when this is not given.",
    };

    private readonly Option<double> _loss = Fraction("--loss", "Lose frames at random, each way.");
    private readonly Option<double> _duplicate = Fraction("--duplicate", "Double frames at random.");
    private readonly Option<double> _reorder = Fraction("--reorder", "Let frames overtake others at random.");
    private readonly Option<double> _corrupt = Fraction("--corrupt", "Flip a bit of frames at random.");

    private readonly Option<TimeSpan> _delay = ValueOption.Make<TimeSpan>("--delay", "time", "Deliver every frame later by this, each way, such as 20ms.",
        OptionValues.TryDuration, "a duration such as 20ms or 1.5s");

    private readonly Option<long> _rate = ValueOption.Make<long>("--rate", "rate", "Limit the bits per second each way, such as 10mbit.",
        OptionValues.TryRate, "a rate from 1kbit to 1000gbit such as 10mbit");

    private readonly Option<ulong?> _seed = ValueOption.Make<ulong?>("--seed", "number", "Repeat the chances of an earlier run.",
        (string text, out ulong? value) => (value = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null) is not null,
        $"a number from 0 to {ulong.MaxValue}");

    private readonly Option<bool> _noOffload = new("--no-offload")
    {
        Description = "Make every frame as a wire carries it: own checksums, no segment above the MSS.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON summary to standard output, also when it fails." };

    private readonly Option<string?> _authorities = new("--ca") { HelpName = "file", Description = "Trust the certificates of this PEM file instead of the system's." };

    private readonly Option<bool> _skipVerification = new("--dangerously-skip-certificate-verification")
    {
        Description = "Take any certificate. Whoever sits between can read and change everything.",
    };

    private readonly Option<bool> _legacy = new("--legacy") { Description = "Also offer the CBC suites, for servers that have nothing newer." };

    private readonly Option<string?> _certificate = new("--cert")
    {
        HelpName = "file",
        Description = "Say who we are, should the server ask: certificates in PEM, or a PKCS#12 store (.p12, .pfx).",
    };

    private readonly Option<string?> _key = new("--key") { HelpName = "file", Description = "The private key in PEM, when it is not in the file of --cert." };

    private readonly Option<string?> _password = new("--pass") { HelpName = "phrase", Description = "The password of the private key or the store. Other users can see it while the command runs." };

    private readonly Option<bool> _timeWait = new("--time-wait") { Description = "Stay until TIME-WAIT is over, as a long-lived stack does." };

    private readonly Option<TimeSpan> _timeout = ValueOption.Make<TimeSpan>("--timeout", "time", "Give up when a step stands still for this long. Default: 30s.",
        (string text, out TimeSpan value) => OptionValues.TryDuration(text, out value) && value > TimeSpan.Zero,
        "a duration above zero such as 30s");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        Option[] options =
        [
            _tap, _address, _gateway, _dns, _twin, _pcapng, _keyLog, _loss, _delay, _reorder, _duplicate, _corrupt, _rate, _seed, _noOffload,
            _json, _authorities, _skipVerification, _legacy, _certificate, _key, _password, _timeWait, _timeout,
        ];
        foreach (Option option in options)
            verb.Add(option);
    }

    /// <summary>What was given, with the defaults for the rest.</summary>
    public CommonSettings Read(ParseResult parsed) => new()
    {
        Tap = parsed.GetValue(_tap) ?? DefaultTap,
        Address = parsed.GetValue(_address),
        Gateway = parsed.GetValue(_gateway),
        Dns = parsed.GetValue(_dns) ?? [],
        Twin = parsed.GetValue(_twin),
        Pcapng = parsed.GetValue(_pcapng),
        KeyLog = parsed.GetValue(_keyLog) ?? NotEmpty(Environment.GetEnvironmentVariable("SSLKEYLOGFILE")),
        Loss = parsed.GetValue(_loss),
        Delay = parsed.GetValue(_delay),
        Reorder = parsed.GetValue(_reorder),
        Duplicate = parsed.GetValue(_duplicate),
        Corrupt = parsed.GetValue(_corrupt),
        Rate = parsed.GetValue(_rate),
        Seed = parsed.GetValue(_seed),
        NoOffload = parsed.GetValue(_noOffload),
        Json = parsed.GetValue(_json),
        Authorities = parsed.GetValue(_authorities),
        SkipVerification = parsed.GetValue(_skipVerification),
        Legacy = parsed.GetValue(_legacy),
        ClientCertificate = parsed.GetValue(_certificate),
        ClientKey = parsed.GetValue(_key),
        ClientPassword = parsed.GetValue(_password),
        TimeWait = parsed.GetValue(_timeWait),
        Timeout = parsed.GetValue(_timeout) is { Ticks: > 0 } timeout ? timeout : TimeSpan.FromSeconds(30),
    };

    private static Option<double> Fraction(string name, string description) => ValueOption.Make<double>(name, "fraction", $"{description} 1% or 0.01.",
        OptionValues.TryFraction, "a part of all frames from 0 to 100% such as 1% or 0.01");

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
