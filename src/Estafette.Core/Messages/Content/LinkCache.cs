namespace Estafette.Core.Messages.Content;

/// <summary>Keeps the URLs of one message while its text and html are written, so that each is made once.</summary>
internal sealed class LinkCache
{
    // Slots 0-3: pixel, unsubscribe, web version, preferences; then the links by number.
    private const int FixedSlots = 4;
    private byte[] _bytes = new byte[4096];
    private (int Start, int Length)[] _slots = [];
    private int _used;

    /// <summary>Forgets the last recipient.</summary>
    public void Clear(int linkCount)
    {
        _used = 0;
        var needed = FixedSlots + linkCount + 1;
        if (_slots.Length < needed)
            _slots = new (int, int)[needed];
        _slots.AsSpan(0, needed).Fill((-1, 0));
    }

    public ReadOnlySpan<byte> Get(RecipientLinks links, MarkerKind kind, int number)
    {
        var index = kind switch
        {
            MarkerKind.OpenPixel => 0,
            MarkerKind.Unsubscribe => 1,
            MarkerKind.WebVersion => 2,
            MarkerKind.Preferences => 3,
            _ => FixedSlots + number,
        };
        ref var slot = ref _slots[index];
        if (slot.Start < 0)
        {
            if (_bytes.Length - _used < RecipientLinks.MaxUrlLength)
                Array.Resize(ref _bytes, _bytes.Length * 2);
            slot = (_used, links.WriteUrl(kind, number, _bytes.AsSpan(_used, RecipientLinks.MaxUrlLength)));
            _used += slot.Length;
        }
        return _bytes.AsSpan(slot.Start, slot.Length);
    }
}
