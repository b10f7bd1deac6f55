using BenchmarkDotNet.Attributes;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>The Internet checksum of one full segment: with vectors, and the plain loop beside it.</summary>
[MemoryDiagnoser]
public class ChecksumBenchmarks
{
    private readonly byte[] _bytes = new byte[1480];

    [GlobalSetup]
    public void Setup() => new Random(1).NextBytes(_bytes);

    [Benchmark(Baseline = true)]
    public ulong Scalar() => InternetChecksum.SumScalar(_bytes);

    [Benchmark]
    public ulong Vector() => InternetChecksum.SumVector(_bytes);
}
