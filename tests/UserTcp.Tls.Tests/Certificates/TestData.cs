namespace UserTcp.Tls.Tests.Certificates;

/// <summary>Cases and chains from elsewhere, in the folder that USERTCP_DATA names.</summary>
internal static class TestData
{
    public static string Path(string file)
    {
        string? folder = Environment.GetEnvironmentVariable("USERTCP_DATA");
        Assert.SkipUnless(folder is not null && File.Exists(System.IO.Path.Combine(folder, file)), $"Needs {file}: set USERTCP_DATA to the folder that holds it.");
        return System.IO.Path.Combine(folder!, file);
    }
}
