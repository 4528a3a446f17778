using Estafette.Protocols.Dkim;

namespace Estafette.Protocols.Tests.Dkim;

public sealed class Ed25519Tests
{
    // RFC 8032 §7.1, tests 1 to 3: secret key, public key, message, signature.
    public static readonly TheoryData<string, string, string, string> Vectors = new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Vectors_of_the_RFC_come_out(string secret, string open, string message, string expected)
    {
        var text = Convert.FromHexString(message);

        Ed25519.TryGetPublicKey(Convert.FromHexString(secret), out var key).ShouldBeTrue();
        Ed25519.TrySign(Convert.FromHexString(secret), text, out var signature).ShouldBeTrue();

        Convert.ToHexStringLower(key).ShouldBe(open);
        Convert.ToHexStringLower(signature).ShouldBe(expected);
        Ed25519.Verify(key, text, signature).ShouldBe(Ed25519Check.Good);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Any_flipped_bit_is_seen(string secret, string open, string message, string signature)
    {
        _ = secret;
        for (var bit = 0; bit < Ed25519.SignatureBytes * 8; bit++)
        {
            var changed = Convert.FromHexString(signature);
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Ed25519.Verify(Convert.FromHexString(open), Convert.FromHexString(message), changed).ShouldBe(Ed25519Check.Bad);
        }
        Ed25519
            .Verify(Convert.FromHexString(open), [.. Convert.FromHexString(message), 0], Convert.FromHexString(signature))
            .ShouldBe(Ed25519Check.Bad);
    }

    [Fact]
    public void Keys_and_signatures_of_another_size_are_bad()
    {
        Ed25519.Verify(new byte[31], [], new byte[64]).ShouldBe(Ed25519Check.Bad);
        Ed25519.Verify(new byte[32], [], new byte[63]).ShouldBe(Ed25519Check.Bad);
        Ed25519.Verify([], [], []).ShouldBe(Ed25519Check.Bad);
        Should.Throw<ArgumentException>(() => Ed25519.TrySign(new byte[31], [], out _)).Message.ShouldContain("31 bytes");
        Should.Throw<ArgumentException>(() => Ed25519.TryGetPublicKey(new byte[64], out _));
    }
}
