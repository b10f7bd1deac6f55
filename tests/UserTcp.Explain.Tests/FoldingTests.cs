using System.Text.Json;
using UserTcp.Explain.Model;
using UserTcp.Explain.Recording;
using UserTcp.Explain.Summary;
using UserTcp.Wire;
using static UserTcp.Explain.Tests.Script;

namespace UserTcp.Explain.Tests;

/// <summary>Alone in the process: the heap that is measured is everybody's.</summary>
[CollectionDefinition(nameof(MeasuresMemory), DisableParallelization = true)]
public class MeasuresMemory;

/// <summary>A long transfer keeps its head and its tail; everything is checked, little is kept.</summary>
[Collection(nameof(MeasuresMemory))]
public class FoldingTests
{
    private const int Mss = 1460;

    [Fact]
    public void The_middle_is_folded_and_every_equation_checked()
    {
        Script script = Transfer(new Script().Open(), 50_000);
        Conversation conversation = script.Conversation;

        Assert.Equal(100_003, conversation.Totals.Segments);
        Assert.Equal(200_005, conversation.Totals.Equations);
        Assert.Equal(0, conversation.Totals.FalseEquations);
        Assert.Equal(50_000L * Mss, conversation.Totals.ServerBytes);
        Fold fold = Assert.Single(conversation.Entries.OfType<Fold>());
        Assert.Equal(100_003 - Timeline.HeadSize - Timeline.TailSize, fold.Segments);
        Assert.Equal(Timeline.HeadSize + Timeline.TailSize, conversation.Arrows.Count());
        Assert.Equal(100_003, conversation.Arrows.Last().Number);
        Assert.Contains("equations hold ✓", script.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_false_equation_comes_out_of_the_fold()
    {
        Script script = Transfer(new Script().Open(), 1000);
        uint next = 5001 + 1000 * Mss;
        script.In(A, next, 1001, Mss).Out(A, 1001, next + 1, receiveNext: next + Mss);
        Transfer(script, 1000, next + Mss);
        Conversation conversation = script.Conversation;

        Assert.Equal(1, conversation.Totals.FalseEquations);
        Arrow wrong = Assert.Single(conversation.Arrows, arrow => arrow.HasFalseEquation);
        Assert.Equal(2005, wrong.Number);
        Assert.Equal(2, conversation.Entries.OfType<Fold>().Count());
        Assert.Contains("✗ FALSE", script.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_transfer()
    {
        Script script = Transfer(new Script().Open(), 5_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Transfer(script, 50_000, 5001 + 5_000 * Mss);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.InRange(grown, long.MinValue, 256 * 1024);      // 100,000 arrows would be more than 20 MB
        Assert.Equal(110_003, script.Conversation.Totals.Segments);
    }

    [Fact]
    public void The_summary_says_the_same_in_JSON()
    {
        string json = ConversationSummary.Of(Transfer(new Script().Open(), 1000).Conversation).ToJson();
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;

        Assert.Equal("10.0.0.2:49152", root.GetProperty("client").GetString());
        Assert.Equal(2003, root.GetProperty("segments").GetInt64());
        Assert.Equal(0, root.GetProperty("equationsFalse").GetInt64());
        Assert.Equal("ESTABLISHED", root.GetProperty("clientState").GetString());
        JsonElement answer = root.GetProperty("arrows")[1];
        Assert.Equal("SYN, ACK", answer.GetProperty("flags").GetString());
        Assert.True(answer.GetProperty("serverState").GetProperty("inferred").GetBoolean());
        JsonElement ack = answer.GetProperty("equations")[1];
        Assert.Equal("1001 = 1000 + 0 + 1", ack.GetProperty("evaluated").GetString());
        Assert.True(ack.GetProperty("holds").GetBoolean());
        Assert.Equal(2003 - Timeline.HeadSize - Timeline.TailSize, root.GetProperty("folded").GetProperty("segments").GetInt64());
    }

    private static Script Transfer(Script script, int segments, uint from = 5001)
    {
        for (int i = 0; i < segments; i++)
        {
            SeqNum seq = new SeqNum(from) + i * Mss;
            script.In(A, seq.Value, 1001, Mss).Out(A, 1001, (seq + Mss).Value);
        }
        return script;
    }
}
