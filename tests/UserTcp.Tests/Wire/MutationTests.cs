using UserTcp.Network;

namespace UserTcp.Tests.Wire;

/// <summary>Parsers are total: whatever the bytes are, they say what is wrong and never throw.</summary>
public class MutationTests
{
    private const int Count = 1_000_000;

    private readonly RouteTable _routes = new();

    [Fact]
    public void A_million_mutated_frames_never_throw()
    {
        _routes.AddOnLink(Ipv4Prefix.Parse("10.0.0.2/24"));
        Generator random = new(4);
        byte[] frame = new byte[8192];
        byte[][] originals = [];
        long found = 0;
        for (int i = 0; i < Count; i++)
        {
            if (i % 5000 == 0) originals = Frames.OneOfEach(random);
            byte[] original = originals[random.Next(originals.Length)];
            original.CopyTo(frame, 0);
            int length = Mutate(random, frame, original.Length);
            try
            {
                found += Frames.ParseEverything(frame.AsSpan(0, length), _routes);
            }
            catch (Exception e)
            {
                Assert.Fail($"Frame {i} of seed 4 threw {e.GetType().Name}: {Convert.ToHexString(frame.AsSpan(0, length))}\n{e}");
            }
        }
        // The mutants are near enough to valid frames that most get past several headers.
        Assert.True(found > 2L * Count, $"only {found} formats were recognized");
    }

    [Fact]
    public void Every_prefix_of_a_valid_frame_is_read_without_throwing()
    {
        Generator random = new(5);
        foreach (byte[] frame in Frames.OneOfEach(random))
        {
            int whole = Frames.ParseEverything(frame, _routes);
            for (int length = 0; length < frame.Length; length++)
            {
                // An own array: reading beyond the prefix is beyond the array.
                Assert.True(Frames.ParseEverything(frame.AsSpan(0, length).ToArray(), _routes) <= whole + 2);
            }
        }
    }

    private static int Mutate(Generator random, Span<byte> frame, int length)
    {
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            int at = random.Next(length);
            switch (random.Next(6))
            {
                case 0: frame[at] = random.NextByte(); break;
                case 1: frame[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: frame[at] = random.Pick<byte>(0, 1, 0x7f, 0x80, 0xc0, 0xff); break;
                case 3: length = 1 + random.Next(length); break;
                case 4: frame[random.Next(Math.Min(length, 54))] = random.NextByte(); break; // the headers
                default: frame.Slice(at, Math.Min(length - at, 8)).CopyTo(frame[random.Next(length)..]); break;
            }
        }
        return length;
    }
}
