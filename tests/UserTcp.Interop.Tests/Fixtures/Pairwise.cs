namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>A small part of a product in which every two values that meet anywhere in the product meet.</summary>
internal static class Pairwise
{
    /// <summary>Takes, again and again, the row with the most pairs that have not met yet; always the same rows for the same product.</summary>
    /// <param name="product">All rows.</param>
    /// <param name="values">The values of a row, as many for each.</param>
    public static IReadOnlyList<T> Sample<T>(IReadOnlyList<T> product, Func<T, object[]> values)
    {
        var numbers = new Dictionary<(int Column, object Value), int>();
        int NumberOf(object value, int column)
        {
            if (!numbers.TryGetValue((column, value), out int number)) numbers.Add((column, value), number = numbers.Count);
            return number;
        }

        int[][] rows = [.. product.Select(row => values(row).Select(NumberOf).ToArray())];
        bool[,] met = new bool[numbers.Count, numbers.Count];
        var sample = new List<T>();
        while (true)
        {
            (int index, int fresh) = rows.Index().Select(row => (row.Index, Fresh: Pairs(row.Item).Count(pair => !met[pair.A, pair.B]))).MaxBy(row => row.Fresh);
            if (fresh == 0) return sample;
            foreach ((int a, int b) in Pairs(rows[index])) met[a, b] = true;
            sample.Add(product[index]);
        }
    }

    /// <summary>All pairs of a row's values.</summary>
    public static IEnumerable<(T A, T B)> Pairs<T>(T[] row)
    {
        for (int a = 0; a < row.Length; a++)
        {
            for (int b = a + 1; b < row.Length; b++)
                yield return (row[a], row[b]);
        }
    }
}
