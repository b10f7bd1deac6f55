using System.Buffers;
using System.Security.Cryptography;
using Spectre.Console;
using UserTcp.Cli.Output;

namespace UserTcp.Cli.Http;

/// <summary>Copies a body from a connection to where it shall go, in memory that does not grow with it.</summary>
internal static class Body
{
    private const int BufferSize = 64 * 1024;

    // Below this a bar would only flicker.
    private const long WorthABar = 1 << 20;

    /// <summary>Copies, with a progress bar when a person would like one.</summary>
    /// <param name="source">The body.</param>
    /// <param name="length">Its length where the server has said it; null otherwise.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="hash">Is fed with the bytes; null when nobody asks.</param>
    /// <param name="terminal">Gets the bar on standard error, when that is a terminal.</param>
    /// <param name="patience">Is told of progress.</param>
    /// <returns>The bytes copied.</returns>
    public static async Task<long> CopyAsync(Stream source, long? length, Stream destination, IncrementalHash? hash, Terminal terminal, Patience patience)
    {
        if (!terminal.ErrorIsTerminal || length < WorthABar || (terminal.OutputIsTerminal && destination == terminal.Body))
            return await CopyAsync(source, destination, hash, patience, progress: null).ConfigureAwait(false);

        // A bar needs no keyboard, which is what Spectre looks for when it is not told.
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error), Interactive = InteractionSupport.Yes });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("body", maxValue: length ?? 1);
                task.IsIndeterminate = length is null;
                return await CopyAsync(source, destination, hash, patience, copied =>
                {
                    if (length is null)
                        task.MaxValue = copied;
                    task.Value = copied;
                }).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static async Task<long> CopyAsync(Stream source, Stream destination, IncrementalHash? hash, Patience patience, Action<long>? progress)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long copied = 0;
            int read;
            while ((read = await source.ReadAsync(buffer, patience.Token).ConfigureAwait(false)) > 0)
            {
                patience.Progress();
                hash?.AppendData(buffer, 0, read);
                await WriteAsync(destination, buffer.AsMemory(0, read)).ConfigureAwait(false);
                copied += read;
                progress?.Invoke(copied);
            }

            return copied;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAsync(Stream destination, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await destination.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new CommandFailure(ExitCode.Write, $"the body cannot be written: {e.Message}", e);
        }
    }
}
