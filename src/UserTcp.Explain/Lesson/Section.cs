using UserTcp.Explain.Model;

namespace UserTcp.Explain.Lesson;

/// <summary>How a line is meant.</summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
}

/// <summary>One line of a block: a name and its value. A nameless one continues the fact above it.</summary>
internal sealed record Fact(string Name, string Value, Tone Tone = Tone.Plain)
{
    /// <summary>A fact that was checked.</summary>
    internal static Fact Checked(string name, string value, bool holds) => new(name, $"{value} {(holds ? '✓' : '✗')}", holds ? Tone.Good : Tone.Bad);
}

/// <summary>A message, a check or a derivation with what is in it.</summary>
/// <param name="Title">What it is.</param>
/// <param name="From">Who sent or did it; null when it belongs to both.</param>
/// <param name="Where">Which segments carried it and how long it is; null when it was never on the wire.</param>
/// <param name="Facts">What is in it.</param>
internal sealed record Block(string Title, Side? From, string? Where, IReadOnlyList<Fact> Facts);

/// <summary>A part of the conversation that teaches one thing.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Paragraphs">What to look at.</param>
/// <param name="Entries">The arrows and happenings that belong to it.</param>
/// <param name="Blocks">Explanations that go below the arrows.</param>
internal sealed record Section(string Title, IReadOnlyList<string> Paragraphs, IReadOnlyList<Entry> Entries, IReadOnlyList<Block> Blocks);

/// <summary>A whole conversation as a lesson: what a renderer draws, in order.</summary>
/// <param name="Conversation">What happened.</param>
/// <param name="Sections">Its parts.</param>
/// <param name="Cargo">What each segment carried, by its number, such as "ClientHello".</param>
internal sealed record Ladder(Conversation Conversation, IReadOnlyList<Section> Sections, IReadOnlyDictionary<int, IReadOnlyList<string>> Cargo);
