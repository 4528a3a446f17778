namespace Estafette.Protocols.Xlsx;

/// <summary>Why a workbook cannot be read.</summary>
public enum XlsxFault
{
    /// <summary>Not a ZIP archive, or one that is cut off or damaged.</summary>
    Broken = 1,

    /// <summary>An archive without a workbook in it.</summary>
    NoWorkbook = 2,

    /// <summary>No worksheet, or none of the wanted name.</summary>
    NoSheet = 3,

    /// <summary>A part unpacks to more than is allowed, or far more than any honest workbook does.</summary>
    TooLarge = 4,
}

/// <summary>A workbook cannot be read; what was read before stands.</summary>
public sealed class XlsxException(XlsxFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    public XlsxFault Fault { get; } = fault;
}
