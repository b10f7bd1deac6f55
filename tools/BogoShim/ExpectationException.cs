namespace UserTcp.BogoShim;

/// <summary>The handshake went well, but not as the test's <c>-expect-</c> flags want it.</summary>
internal sealed class ExpectationException(string message) : Exception(message);
