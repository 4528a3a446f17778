using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Xls;

/// <summary>The globals of a workbook: what is said once before the sheets ([MS-XLS] §2.1.7.20.3).</summary>
internal static class XlsGlobals
{
    private const ushort TimeFormat = 164;

    public static byte[] Write(IReadOnlyList<string> names, IReadOnlyList<int> places)
    {
        using var to = new MemoryStream();
        XlsWriter.Record(to, 0x0809, Bof(0x0005));
        // CODEPAGE: UTF-16. WINDOW1: size of the window, first sheet active.
        XlsWriter.Record(to, 0x0042, [0xB0, 0x04]);
        XlsWriter.Record(to, 0x003D, [0, 0, 0, 0, 0x78, 0x69, 0x50, 0x46, 0x38, 0, 0, 0, 0, 0, 1, 0, 0x58, 0x02]);
        // Four fonts have the numbers 0 to 3; number 4 does not exist, so the bold one is 5.
        for (var i = 0; i < 4; i++)
            XlsWriter.Record(to, 0x0031, Font(400));
        XlsWriter.Record(to, 0x0031, Font(700));
        XlsWriter.Record(to, 0x041E, Format(TimeFormat, "yyyy\\-mm\\-dd\\ hh:mm:ss"));
        for (var i = 0; i < 15; i++)
            XlsWriter.Record(to, 0x00E0, Xf(0, 0, 0xFFF5, 0xF4));
        XlsWriter.Record(to, 0x00E0, Xf(0, 0, 0x0001, 0));
        XlsWriter.Record(to, 0x00E0, Xf(5, 0, 0x0001, 0x08));
        XlsWriter.Record(to, 0x00E0, Xf(0, TimeFormat, 0x0001, 0x04));
        // 49 is "text", 0x0008 the mark of the apostrophe.
        XlsWriter.Record(to, 0x00E0, Xf(0, 49, 0x0009, 0x04));
        // STYLE: "Normal" is built in.
        XlsWriter.Record(to, 0x0293, [0x00, 0x80, 0x00, 0xFF]);
        for (var i = 0; i < names.Count; i++)
            XlsWriter.Record(to, 0x0085, Sheet(names[i], places[i]));
        XlsWriter.Record(to, 0x000A, []);
        return to.ToArray();
    }

    /// <summary>BOF (§2.4.21): BIFF8, kind of what begins.</summary>
    public static byte[] Bof(ushort kind) =>
        [0x00, 0x06, (byte)kind, 0x00, 0xBB, 0x0D, 0xCC, 0x07, 0xC1, 0x00, 0x00, 0x00, 0x06, 0x06, 0x00, 0x00];

    private static byte[] Font(ushort weight)
    {
        var name = Encoding.Unicode.GetBytes("Arial");
        var data = new byte[16 + name.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(data, 200);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(4), 0x7FFF);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(6), weight);
        (data[14], data[15]) = (5, 1);
        name.CopyTo(data, 16);
        return data;
    }

    private static byte[] Format(ushort number, string code)
    {
        var text = Encoding.Unicode.GetBytes(code);
        var data = new byte[5 + text.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(data, number);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2), (ushort)code.Length);
        data[4] = 1;
        text.CopyTo(data, 5);
        return data;
    }

    /// <summary>XF (§2.4.353): font, number format, kind, and which of them differ from the style.</summary>
    private static byte[] Xf(ushort font, ushort format, ushort kind, byte own)
    {
        var data = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(data, font);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2), format);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(4), kind);
        (data[6], data[9]) = (0x20, own);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(18), 0x20C0);
        return data;
    }

    private static byte[] Sheet(string name, int place)
    {
        var text = Encoding.Unicode.GetBytes(name);
        var data = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt32LittleEndian(data, place);
        (data[6], data[7]) = ((byte)name.Length, 1);
        text.CopyTo(data, 8);
        return data;
    }
}
