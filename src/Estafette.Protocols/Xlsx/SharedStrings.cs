using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Estafette.Protocols.Xlsx;

/// <summary>
/// The texts that cells refer to by number. Up to 32 MB stay in memory; more goes to a file that disappears when it is closed, so that a table of
/// any size costs 8 bytes per text.
/// </summary>
internal sealed class SharedStrings : IDisposable
{
    private const int MaxMemory = 32 * 1024 * 1024;
    private const int MaxCount = 16 * 1024 * 1024;
    private const int Places = 4096;

    private readonly (int Index, string Text)[] _recent = new (int, string)[Places];
    private readonly List<long> _ends = [];
    private readonly string _folder;
    private Stream _bytes = new MemoryStream();

    private SharedStrings(string folder) => _folder = folder;

    /// <summary>Number of texts.</summary>
    public int Count => _ends.Count;

    /// <summary>Whether they were too many for memory.</summary>
    public bool IsSpilled => _bytes is FileStream;

    /// <param name="entry">The part; null: the workbook has none.</param>
    /// <param name="folder">Where a large table is kept.</param>
    /// <param name="most">Bytes that the part may unpack to.</param>
    public static SharedStrings Read(ZipArchiveEntry? entry, string folder, long most)
    {
        var strings = new SharedStrings(folder);
        if (entry is null)
            return strings;
        try
        {
            using var xml = XlsxXml.Open(entry, most);
            var text = new StringBuilder();
            while (XlsxXml.Next(xml))
            {
                if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "si")
                    continue;
                text.Clear();
                XlsxXml.AddRuns(xml, text);
                strings.Add(text.ToString());
            }
            return strings;
        }
        catch
        {
            strings.Dispose();
            throw;
        }
    }

    /// <summary>A text by its number; nothing for a number there is none of.</summary>
    public string this[int index]
    {
        get
        {
            if (index < 0 || index >= Count)
                return "";
            ref var place = ref _recent[index % Places];
            if (place.Text is null || place.Index != index)
                place = (index, Load(index));
            return place.Text;
        }
    }

    public void Dispose() => _bytes.Dispose();

    private void Add(string text)
    {
        if (Count == MaxCount)
            throw new XlsxException(XlsxFault.TooLarge, $"The workbook has more than {MaxCount} different texts.");
        _bytes.Write(Encoding.UTF8.GetBytes(text));
        _ends.Add(_bytes.Position);
        if (_bytes is MemoryStream && _bytes.Length > MaxMemory)
            Spill();
    }

    private void Spill()
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose);
        ((MemoryStream)_bytes).WriteTo(file);
        _bytes.Dispose();
        _bytes = file;
    }

    private string Load(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        var bytes = new byte[_ends[index] - start];
        _bytes.Position = start;
        _bytes.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
