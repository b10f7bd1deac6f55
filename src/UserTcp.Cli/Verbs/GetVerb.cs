using System.CommandLine;
using UserTcp.Cli.Lesson;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp get URL`: fetches over our stack, like curl.</summary>
internal static class GetVerb
{
    public static Command Make(Terminal terminal)
    {
        var url = new Argument<Uri>("url")
        {
            Description = "http or https; without a scheme, https.",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (TryUrl(text, out Uri? uri))
                    return uri;
                result.AddError($"\"{text}\" is not a URL that can be fetched; http://host/path or https://host/path is wanted");
                return null;
            },
        };
        var file = new Option<string?>("--output", "-o") { HelpName = "file", Description = "Write the body to a file; - is standard output." };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Tell what happens: addresses, TLS, the heads of request and answer." };
        var ladder = new Option<bool>("--ladder") { Description = "Draw every segment and explain its numbers." };
        var timing = new Option<bool>("--timing") { Description = "Tell what each step has cost: time, processor time, bytes, memory, round trips." };
        var common = new CommonOptions();
        var verb = new Command("get", "Fetches a URL over our stack.") { url, file, verbose, ladder, timing };
        common.AddTo(verb);
        verb.SetAction((parsed, cancellationToken) =>
        {
            Uri target = parsed.GetRequiredValue(url);
            string? path = parsed.GetValue(file);
            var fetch = new Fetch(target, common.Read(parsed), path == "-" ? null : path, parsed.GetValue(verbose), parsed.GetValue(ladder), parsed.GetValue(timing), terminal);
            return fetch.RunAsync(_ => LessonPage.ItArrived, cancellationToken);
        });
        return verb;
    }

    internal static bool TryUrl(string text, out Uri? uri)
        => Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Length > 0 && uri.Port > 0;
}
