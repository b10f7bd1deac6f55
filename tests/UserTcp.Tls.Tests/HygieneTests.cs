using System.Reflection;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Records;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests;

/// <summary>Secrets are gone when their owner is done with them.</summary>
public class HygieneTests
{
    /// <summary>BouncyCastle's HMac would leave the key in an object that cannot be zeroed; a digest that is reset has nothing left.</summary>
    [Theory, Rfc("5246", "5")]
    [InlineData(256)]
    [InlineData(384)]
    public void The_PRF_leaves_no_copy_of_its_secret(int bits)
    {
        var digests = new List<IDigest>();
        byte[] secret = Enumerable.Repeat((byte)0xa5, HandshakeSecrets.MasterSize).ToArray(), output = new byte[104];
        Prf.Derive(Create, secret, "key expansion"u8, new byte[64], output);
        Assert.NotEmpty(digests);
        Assert.All(digests, digest => Assert.Equal(State(bits == 256 ? new Sha256Digest() : new Sha384Digest()), State(digest)));

        IDigest Create()
        {
            digests.Add(bits == 256 ? new Sha256Digest() : new Sha384Digest());
            return digests[^1];
        }
    }

    // client                                        server
    // ClientHello                              -->
    //                                          <--  … ServerHelloDone
    // … ChangeCipherSpec, Finished             -->
    //             the engine is disposed: its own keys are in use, the server's not yet
    [Fact, Rfc("5246", "6.3")]
    public void The_keys_of_a_handshake_that_ends_half_way_are_zeroed()
    {
        var server = new ScriptedServer();
        var client = new ScriptedClient(server);
        client.Give(server.Flight());
        var secrets = Field<HandshakeContext>(client.Engine, "_context").Secrets;
        byte[][] ivs = [Field<byte[]>(Field<RecordProtection>(secrets, "_client"), "_implicitIv"), Field<byte[]>(Field<RecordProtection>(secrets, "_server"), "_implicitIv")];
        Assert.All(ivs, iv => Assert.NotEqual(new byte[iv.Length], iv));
        Assert.True(secrets.Master.ContainsAnyExcept((byte)0));

        client.Dispose();
        Assert.All(ivs, iv => Assert.Equal(new byte[iv.Length], iv));
        Assert.False(secrets.Master.ContainsAnyExcept((byte)0));
    }

    /// <summary>Records are opened in place: the buffer has held what the server said.</summary>
    [Fact]
    public void What_was_received_is_zeroed()
    {
        ScriptedClient client = ScriptedClient.Connected();
        byte[] buffer = Field<byte[]>(Field<RecordReader>(client.Engine, "_reader"), "_buffer");
        Assert.NotEqual(new byte[buffer.Length], buffer);
        client.Dispose();
        Assert.Equal(new byte[buffer.Length], buffer);
    }

    private static T Field<T>(object owner, string name) => (T)owner.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(owner)!;

    /// <summary>Every number that a digest keeps.</summary>
    private static string State(IDigest digest)
    {
        var state = new List<string>();
        for (Type? type = digest.GetType(); type is not null; type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
                state.Add($"{field.Name}={(field.GetValue(digest) is Array array ? string.Join(',', array.Cast<object>()) : field.GetValue(digest))}");
        }
        return string.Join('\n', state);
    }
}
