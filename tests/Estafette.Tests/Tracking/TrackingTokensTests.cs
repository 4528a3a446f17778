using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Microsoft.AspNetCore.DataProtection;

namespace Estafette.Tests.Tracking;

public sealed class TrackingTokensTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafette-tokens-");
    private Store _store = null!;
    private WriteQueue _writes = null!;
    private TrackingTokens _tokens = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new DatabaseOptions();
        _store = new Store(options, new DataOptions { Directory = _directory.FullName });
        await Migrator.RunAsync(_store, CancellationToken.None);
        _writes = new WriteQueue(_store, new WriteGate(options), options);
        _tokens = Open();
        await _tokens.EnsureLoadedAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private TrackingTokens Open() =>
        new(
            _store,
            _writes,
            new Secrets(DataProtectionProvider.Create(_directory.CreateSubdirectory("keys"), b => b.SetApplicationName("estafette"))),
            TimeProvider.System
        );

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(127, 128, 1)]
    [InlineData(1_000_000, 300, 17)]
    [InlineData(long.MaxValue, long.MaxValue, int.MaxValue)]
    public void Token_reads_back_what_was_written(long subject, long content, int link)
    {
        foreach (var purpose in Enum.GetValues<TokenPurpose>().Where(p => p != TokenPurpose.Bounce))
        {
            var text = _tokens.Text(purpose, subject, new ContentId(content), link);
            text.Length.ShouldBeLessThanOrEqualTo(TrackingToken.MaxChars);
            _tokens.TryRead(text, out var token).ShouldBeTrue();
            token.ShouldBe(new TrackingToken(purpose, subject, content, link));
        }
    }

    [Fact]
    public void Any_changed_bit_makes_a_token_invalid()
    {
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        var text = _tokens.Text(TokenPurpose.Open, 123_456, new ContentId(9));
        var length = System.Buffers.Text.Base64Url.DecodeFromChars(text, raw);
        for (var bit = 0; bit < length * 8; bit++)
        {
            raw[bit / 8] ^= (byte)(1 << (bit % 8));
            _tokens.TryRead(System.Buffers.Text.Base64Url.EncodeToString(raw[..length]), out _).ShouldBeFalse($"bit {bit}");
            raw[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Links_that_share_a_proof_have_tokens_of_their_own()
    {
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        var texts = Enumerable.Range(0, 12).Select(link => _tokens.Text(TokenPurpose.Click, 123_456, new ContentId(9), link)).ToList();
        texts.Select(t => t[^13..]).Distinct().Count().ShouldBe(12, "no two links have the same proof");
        for (var link = 0; link < 12; link++)
        {
            // The token of one link with the number of another is no token.
            var length = System.Buffers.Text.Base64Url.DecodeFromChars(texts[link], raw);
            raw[length - TrackingToken.MacBytes - 1].ShouldBe((byte)link);
            raw[length - TrackingToken.MacBytes - 1] = (byte)((link + 1) % 12);
            _tokens.TryRead(System.Buffers.Text.Base64Url.EncodeToString(raw[..length]), out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("AQE")]
    [InlineData("not a token!")]
    [InlineData("../../etc/passwd")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB")]
    [InlineData("é")]
    public void Malformed_text_is_no_token(string text)
    {
        _tokens.TryRead(text, out _).ShouldBeFalse();
        _tokens.TryReadVerp(text, out _).ShouldBeFalse();
    }

    [Fact]
    public void Random_text_is_no_token_and_never_throws()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Create(random.Next(0, 80), random, (span, r) => span.ForEach((ref char c) => c = (char)r.Next(1, 0x250)));
            _tokens.TryRead(text, out _).ShouldBeFalse();
            _tokens.TryReadVerp(text, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Envelope_token_survives_folding_of_its_case_and_opens_nothing_else()
    {
        Span<byte> text = stackalloc byte[TrackingToken.MaxChars];
        var verp = Encoding.ASCII.GetString(text[.._tokens.WriteVerp(text, new DeliveryId(987_654_321))]);
        verp.Length.ShouldBeLessThanOrEqualTo(62, "a local part has 64 characters, two of them taken");
        _tokens.TryReadVerp(verp.ToUpperInvariant(), out var delivery).ShouldBeTrue();
        delivery.ShouldBe(new DeliveryId(987_654_321));
        _tokens.TryRead(verp, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Tokens_survive_a_restart()
    {
        var text = _tokens.Text(TokenPurpose.Click, 5, new ContentId(6), 7);
        var restarted = Open();
        await restarted.EnsureLoadedAsync(CancellationToken.None);
        restarted.TryRead(text, out var token).ShouldBeTrue();
        token.LinkNo.ShouldBe(7);
    }

    [Fact]
    public async Task Tokens_of_a_superseded_key_stay_readable()
    {
        var old = _tokens.Text(TokenPurpose.Unsubscribe, 5, default);
        var other = Open();
        await other.EnsureLoadedAsync(CancellationToken.None);
        await _tokens.RotateAsync(CancellationToken.None);
        var young = _tokens.Text(TokenPurpose.Unsubscribe, 5, default);
        young.ShouldNotBe(old);
        _tokens.TryRead(old, out _).ShouldBeTrue();
        _tokens.TryRead(young, out _).ShouldBeTrue();
        other.TryRead(young, out _).ShouldBeFalse();
        other.NamesUnknownKey(young).ShouldBeTrue();
        await other.ReloadAsync(CancellationToken.None);
        other.TryRead(young, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task First_start_of_two_nodes_makes_one_key()
    {
        var nodes = Enumerable.Range(0, 8).Select(_ => Open()).ToList();
        await Task.WhenAll(nodes.Select(n => n.EnsureLoadedAsync(CancellationToken.None).AsTask()));
        var text = nodes[0].Text(TokenPurpose.Open, 1, default);
        nodes.All(n => n.TryRead(text, out _)).ShouldBeTrue();
    }

    [Fact]
    public void Writing_a_token_allocates_nothing()
    {
        Span<byte> text = stackalloc byte[TrackingToken.MaxChars];
        _tokens.Write(text, TokenPurpose.Click, 1, new ContentId(1), 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            _tokens.Write(text, TokenPurpose.Click, i, new ContentId(1), 1);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}

internal static class SpanLoops
{
    public delegate void Change(ref char c);

    public static void ForEach(this Span<char> span, Change change)
    {
        foreach (ref var c in span)
            change(ref c);
    }
}
