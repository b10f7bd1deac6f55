using System.Globalization;
using System.Text;
using UserTcp.Cli.Lesson;

namespace UserTcp.Cli.Serve;

/// <summary>One page over HTTP, which says what else is served.</summary>
internal static class PageService
{
    /// <summary>Answers "/" with a page, everything else with 404.</summary>
    public static Func<Stream, CancellationToken, Task> Talk(Func<IReadOnlyList<Service>> services)
        => (stream, cancellationToken) => HttpAnswers.AnswerAsync(stream, path => path == "/" ? Page(services()) : NotFound, cancellationToken);

    private static LessonPage NotFound { get; } = new("404 Not Found", ["Content-Type: text/plain"], "There is one page here: /\n"u8.ToArray());

    private static LessonPage Page(IReadOnlyList<Service> services)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>UserTcp</title></head>\n<body>\n<h1>UserTcp</h1>\n<ul>\n");
        foreach (Service service in services)
            html.Append(CultureInfo.InvariantCulture, $"<li>{service.Name}: port {service.Port}</li>\n");
        return new("200 OK", ["Content-Type: text/html; charset=utf-8"], Encoding.UTF8.GetBytes(html.Append("</ul>\n</body>\n</html>\n").ToString()));
    }
}
