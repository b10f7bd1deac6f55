using UserTcp.Explain.Lesson;
using UserTcp.Explain.Text;
using UserTcp.Tcp;
using UserTcp.Wire;
using static UserTcp.Explain.Tests.Script;

namespace UserTcp.Explain.Tests;

public class RenderingTests
{
    private static readonly TcpOptions SynOptions = new() { MaximumSegmentSize = 1460, WindowScale = 7, SackPermitted = true };

    [Fact]
    public void A_small_conversation_looks_like_this() => Assert.Equal(Expected, Small().Text());

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(160)]
    public void No_line_is_wider_than_the_terminal_and_lanes_stay_straight(int width)
    {
        string[] lines = Small().Text(width).Split('\n');

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        string[] lanes = [.. lines.Where(line => line.Length > 14 && line[14] is '│' or '├')];
        Assert.True(lanes.Length > 20);
        Assert.All(lanes, line => Assert.True(line[width - 15] is '│' or '┤', line));
    }

    [Fact]
    public void Runs_carry_the_style_of_who_speaks_and_of_what_holds()
    {
        IReadOnlyList<LadderLine> lines = LadderRenderer.Render(Small().Ladder, 100);
        TextRun[] runs = [.. lines.SelectMany(line => line.Runs)];

        Assert.Contains(new TextRun("#1 SYN", LadderStyle.Ours), runs);
        Assert.Contains(new TextRun("#2 SYN, ACK", LadderStyle.Theirs), runs);
        Assert.Contains(new TextRun("SYN-SENT", LadderStyle.State), runs);
        Assert.Contains(new TextRun("ack 1001 = their seq 1000 + 0 bytes + SYN 1", LadderStyle.Equation), runs);
        Assert.Contains(new TextRun(" ✓", LadderStyle.Good), runs);
    }

    [Fact]
    public void Foreign_text_cannot_steer_the_terminal()
    {
        string text = new StyledText().Add("CN=\u001b[31mred\u202e\u2028x").ToLine().ToString();

        Assert.Equal("CN=?[31mred??x", text);
    }

    [Theory]
    [InlineData("one two three", 7, 2, "one two|  three")]
    [InlineData("abcdefghij", 4, 0, "abcd|efgh|ij")]
    [InlineData("", 10, 0, "")]
    [InlineData("exact", 5, 0, "exact")]
    public void Text_breaks_at_spaces_and_long_words_are_cut(string text, int width, int hanging, string expected)
        => Assert.Equal(expected, string.Join('|', new StyledText().Add(text).Wrap(width, hanging).Select(piece => piece.ToLine().ToString())));

    [Fact]
    public void Names_and_addresses_come_before_the_first_answer()
    {
        Script script = new Script().Out(S, 1000, state: TcpState.SynSent).Resolves("10.0.0.1", MacAddress.LocallyAdministered(1)).In(S | A, 5000, 1001);

        Section prologue = script.Ladder.Sections[0];
        Assert.Equal("Before the connection: names and addresses", prologue.Title);
        Assert.Equal(["ARP: who has 10.0.0.1?", "ARP: 10.0.0.1 is at 02:00:00:00:00:01"], prologue.Paragraphs);
    }

    private static Script Small() => new Script()
        .Becomes(TcpState.Closed, TcpState.SynSent, "OPEN call (RFC 9293 3.10.1)")
        .Out(S, 1000, state: TcpState.SynSent, options: SynOptions)
        .In(S | A, 5000, 1001, options: SynOptions)
        .Out(A, 1001, 5001)
        .Out(P | A, 1001, 5001, 300)
        .In(A, 5001, 1301)
        .In(P | A, 5001, 1301, 4000)
        .Out(A, 1301, 9001)
        .Out(F | A, 1301, 9001, state: TcpState.FinWait1)
        .In(A, 9001, 1302, state: TcpState.FinWait2)
        .In(F | A, 9001, 1302, state: TcpState.TimeWait)
        .Out(A, 1302, 9002, state: TcpState.TimeWait);

    private const string Expected = """
         client 10.0.0.2:49152 (we)                                                     10.0.0.1:443 server
         (n) counts from the ISN, as Wireshark does. Each equation speaks for the sender of its segment:
         "our" is its own, "their" the other end's. * a state that nobody told us: it follows from what
         that end sent and must have received.

        ━━ Opening: the three-way handshake ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
         Each end chooses a number to count its bytes from (ISN), and learns that the other has heard it.
         Hearing and being heard, twice: four facts, three segments, because the middle one answers and
         asks at once (RFC 9293 3.5).
         A SYN counts as one number although it carries no byte. So the answer to ISN is ISN + 1, and the
         first byte of data has relative number 1.

        +0.000 ms     │ #1 SYN  seq 1000 (0)  len 0                                          │
        SYN-SENT      ├─────────────────────────────────────────────────────────────────────▶│ SYN-RECEIVED*
                      │  CLOSED → SYN-SENT: OPEN call (RFC 9293 3.10.1)                      │
                      │  seq 1000 = our ISN 1000 ✓ (RFC 9293 3.4.1)  relative 0 = 0          │
                      │  window 64240; options: MSS 1460, window scale 7 (× 128), SACK       │
                      │    permitted                                                         │
                      │                                                                      │
        +0.250 ms     │ #2 SYN, ACK  seq 5000 (0)  ack 1001 (1)  len 0                       │
        ESTABLISHED   │◀─────────────────────────────────────────────────────────────────────┤ SYN-RECEIVED*
                      │  seq 5000 = our ISN 5000 ✓ (RFC 9293 3.4.1)  relative 0 = 0          │
                      │  ack 1001 = their seq 1000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)        │
                      │  window 64240; options: MSS 1460, window scale 7 (× 128), SACK       │
                      │    permitted                                                         │
                      │                                                                      │
        +0.500 ms     │ #3 ACK  seq 1001 (1)  ack 5001 (1)  len 0                            │
        ESTABLISHED   ├─────────────────────────────────────────────────────────────────────▶│ ESTABLISHED*
                      │  seq 1001 = our last seq 1000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)     │
                      │  ack 5001 = their seq 5000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)        │

        ━━ Data ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
         Every byte has a number; an acknowledgment names the next byte that is wanted, and so confirms all
         before it.

        +0.750 ms     │ #4 PSH, ACK  seq 1001 (1)  ack 5001 (1)  len 300                     │
        ESTABLISHED   ├─────────────────────────────────────────────────────────────────────▶│ ESTABLISHED*
                      │  seq 1001 = our last seq 1000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)     │
                      │  ack 5001 = their seq 5000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)        │
                      │                                                                      │
        +1.000 ms     │ #5 ACK  seq 5001 (1)  ack 1301 (301)  len 0                          │
        ESTABLISHED   │◀─────────────────────────────────────────────────────────────────────┤ ESTABLISHED*
                      │  seq 5001 = our last seq 5000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)     │
                      │  ack 1301 = their seq 1001 + 300 bytes ✓ (RFC 9293 3.4)              │
                      │                                                                      │
        +1.250 ms     │ #6 PSH, ACK  seq 5001 (1)  ack 1301 (301)  len 4000                  │
        ESTABLISHED   │◀─────────────────────────────────────────────────────────────────────┤ ESTABLISHED*
                      │  seq 5001 = our last seq 5000 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)     │
                      │  ack 1301 = their seq 1001 + 300 bytes ✓ (RFC 9293 3.4)              │
                      │                                                                      │
        +1.500 ms     │ #7 ACK  seq 1301 (301)  ack 9001 (4001)  len 0                       │
        ESTABLISHED   ├─────────────────────────────────────────────────────────────────────▶│ ESTABLISHED*
                      │  seq 1301 = our last seq 1001 + 300 bytes ✓ (RFC 9293 3.4)           │
                      │  ack 9001 = their seq 5001 + 4000 bytes ✓ (RFC 9293 3.4)             │

        ━━ Closing: the four-way handshake ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
         Each direction is closed by itself: a FIN says "no more from me" and counts as one number, so that
         its acknowledgment is exact; twice two segments (RFC 9293 3.6, figure 12).
         Why the first FIN carries ACK: once a connection is open every segment does; the field costs
         nothing, and a segment without it is thrown away (RFC 9293 3.10.7.4, fifth).

        +1.750 ms     │ #8 FIN, ACK  seq 1301 (301)  ack 9001 (4001)  len 0                  │
        FIN-WAIT-1    ├─────────────────────────────────────────────────────────────────────▶│ CLOSE-WAIT*
                      │  seq 1301 = our last seq 1001 + 300 bytes ✓ (RFC 9293 3.4)           │
                      │  ack 9001 = their seq 5001 + 4000 bytes ✓ (RFC 9293 3.4)             │
                      │                                                                      │
        +2.000 ms     │ #9 ACK  seq 9001 (4001)  ack 1302 (302)  len 0                       │
        FIN-WAIT-2    │◀─────────────────────────────────────────────────────────────────────┤ CLOSE-WAIT*
                      │  seq 9001 = our last seq 5001 + 4000 bytes ✓ (RFC 9293 3.4)          │
                      │  ack 1302 = their seq 1301 + 0 bytes + FIN 1 ✓ (RFC 9293 3.4)        │
                      │                                                                      │
        +2.250 ms     │ #10 FIN, ACK  seq 9001 (4001)  ack 1302 (302)  len 0                 │
        TIME-WAIT     │◀─────────────────────────────────────────────────────────────────────┤ LAST-ACK*
                      │  seq 9001 = our last seq 5001 + 4000 bytes ✓ (RFC 9293 3.4)          │
                      │  ack 1302 = their seq 1301 + 0 bytes + FIN 1 ✓ (RFC 9293 3.4)        │
                      │                                                                      │
        +2.500 ms     │ #11 ACK  seq 1302 (302)  ack 9002 (4002)  len 0                      │
        TIME-WAIT     ├─────────────────────────────────────────────────────────────────────▶│ CLOSED*
                      │  seq 1302 = our last seq 1301 + 0 bytes + FIN 1 ✓ (RFC 9293 3.4)     │
                      │  ack 9002 = their seq 9001 + 0 bytes + FIN 1 ✓ (RFC 9293 3.4)        │

           The relations, evaluated
             1  FIN, ACK         #8   seq = u             u = 1301 (relative 301)
             2  ACK              #9   ack = u + 1         1302 = 1301 + 1 ✓
             3  FIN, ACK         #10  seq = w             w = 9001 (relative 4001)
                                      ack = u + 1, again  1302 = 1301 + 1 ✓
             4  ACK              #11  seq = u + 1         1302 = 1301 + 1 ✓
                                      ack = w + 1         9002 = 9001 + 1 ✓

           TIME-WAIT
             who                 the client waits: it closed first
             how long            2 MSL, twice the longest life of a segment; Linux and we take 2 × 30 s, RFC
                                 9293 3.4.2 says 2 × 2 min
             why                 the last ACK may be lost: the other end would send its FIN again, and
                                 somebody must be there to answer it
                                 and an old segment of this connection must not be taken for one of the next
                                 between the same two ports (RFC 9293 3.6.1)

        ━━ The account ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
         11 segments carried 300 bytes to the server and 4,000 bytes to the client.
         21 equations checked: all hold ✓

        """;
}
