using UserTcp.Tls.Certificates;
using UserTcp.Tls.Sessions;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Sessions;

public class SessionCacheTests
{
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    [Fact]
    public void The_session_that_was_not_used_for_longest_goes_first_and_is_zeroed()
    {
        using var cache = new TlsSessionCache(capacity: 2);
        ResumableSession a = Session(), b = Session();
        cache.Store(Key("a.test"), a);
        cache.Store(Key("b.test"), b);
        Assert.NotNull(cache.Find(Key("a.test"), Now));
        cache.Store(Key("c.test"), Session());
        Assert.Equal(2, cache.Count);
        Assert.Null(cache.Find(Key("b.test"), Now));
        Assert.True(IsZero(b));
        Assert.False(IsZero(a));
    }

    [Fact]
    public void Who_finds_a_session_owns_a_copy()
    {
        using var cache = new TlsSessionCache();
        ResumableSession stored = Session();
        cache.Store(Key("a.test"), stored);
        ResumableSession found = cache.Find(Key("a.test"), Now)!;
        cache.Store(Key("a.test"), Session());
        Assert.True(IsZero(stored));
        Assert.False(IsZero(found));
    }

    [Fact]
    public void Removing_clearing_and_disposing_zero_what_they_forget()
    {
        var cache = new TlsSessionCache();
        ResumableSession[] sessions = [Session(), Session(), Session(), Session()];
        cache.Store(Key("0.test"), sessions[0]);
        cache.Remove(Key("0.test"));
        cache.Store(Key("1.test"), sessions[1]);
        cache.Clear();
        cache.Store(Key("2.test"), sessions[2]);
        cache.Dispose();
        cache.Store(Key("3.test"), sessions[3]);
        Assert.All(sessions, session => Assert.True(IsZero(session)));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Many_threads_share_a_cache()
    {
        using var cache = new TlsSessionCache(capacity: 8);
        Parallel.For(0, 10_000, i =>
        {
            SessionKey key = Key($"{i % 20}.test");
            switch (i % 5)
            {
                case 0: cache.Store(key, Session()); break;
                case 1: cache.Remove(key); break;
                default:
                    using (ResumableSession? found = cache.Find(key, Now)) Assert.False(found is not null && IsZero(found));
                    break;
            }
        });
        Assert.InRange(cache.Count, 0, 8);
    }

    private static bool IsZero(ResumableSession session) => !session.Master.ContainsAnyExcept((byte)0);

    private static SessionKey Key(string host)
        => SessionKey.Of(new TlsClientOptions { HostName = host, TrustStore = TestCertificates.TrustStore }, ReferenceIdentity.Parse(host)!);

    /// <summary>The session of a real handshake: there is no other way to get one.</summary>
    private static ResumableSession Session() => Template.Value.Copy();

    private static readonly Lazy<ResumableSession> Template = new(() =>
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        return sessions.Cache.Find(Key(TestCertificates.HostName), DateTimeOffset.UtcNow)!;
    });
}
