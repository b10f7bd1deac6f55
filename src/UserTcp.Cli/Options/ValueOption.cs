using System.CommandLine;
using System.Globalization;

namespace UserTcp.Cli.Options;

/// <summary>Options whose value is read by us, so that a wrong one is answered by what is wanted.</summary>
internal static class ValueOption
{
    /// <summary>Reads a value. Returns false when the text is none.</summary>
    public delegate bool Reader<T>(string text, out T value);

    /// <summary>Makes an option.</summary>
    /// <param name="name">Such as --delay.</param>
    /// <param name="placeholder">What stands for the value in the help.</param>
    /// <param name="description">One sentence for the help.</param>
    /// <param name="read">Reads the value.</param>
    /// <param name="wanted">What to write instead of a wrong value.</param>
    public static Option<T> Make<T>(string name, string placeholder, string description, Reader<T> read, string wanted) => new(name)
    {
        HelpName = placeholder,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!read(text, out T value))
                result.AddError($"{name} is \"{text}\"; {wanted} is wanted");
            return value;
        },
    };

    /// <summary>Makes an option for a number.</summary>
    /// <param name="name">Such as --count.</param>
    /// <param name="placeholder">What stands for the value in the help.</param>
    /// <param name="description">One sentence for the help.</param>
    /// <param name="smallest">The least number that is taken.</param>
    /// <param name="largest">The largest number that is taken.</param>
    /// <param name="otherwise">The number when none is given.</param>
    public static Option<int> Number(string name, string placeholder, string description, int smallest, int largest, int otherwise)
    {
        Option<int> option = Make(
            name, placeholder, description,
            (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= smallest && value <= largest,
            $"a number from {smallest} to {largest}");
        option.DefaultValueFactory = _ => otherwise;
        return option;
    }
}
