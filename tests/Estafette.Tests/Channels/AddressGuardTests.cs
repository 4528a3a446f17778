using System.Net;
using Estafette.Core.Platform.Net;

namespace Estafette.Tests.Channels;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("8.8.8.8", AddressReach.Public)]
    [InlineData("172.15.255.255", AddressReach.Public)]
    [InlineData("172.32.0.0", AddressReach.Public)]
    [InlineData("100.63.255.255", AddressReach.Public)]
    [InlineData("2a01:4f8::1", AddressReach.Public)]
    [InlineData("127.0.0.1", AddressReach.Private)]
    [InlineData("127.255.0.9", AddressReach.Private)]
    [InlineData("10.1.2.3", AddressReach.Private)]
    [InlineData("172.16.0.1", AddressReach.Private)]
    [InlineData("172.31.255.255", AddressReach.Private)]
    [InlineData("192.168.1.1", AddressReach.Private)]
    [InlineData("100.64.0.1", AddressReach.Private)]
    [InlineData("100.127.255.255", AddressReach.Private)]
    [InlineData("::1", AddressReach.Private)]
    [InlineData("fd12:3456::1", AddressReach.Private)]
    [InlineData("0.0.0.0", AddressReach.Never)]
    [InlineData("169.254.169.254", AddressReach.Never)]
    [InlineData("100.100.100.200", AddressReach.Never)]
    [InlineData("192.0.0.192", AddressReach.Never)]
    [InlineData("198.18.0.1", AddressReach.Never)]
    [InlineData("203.0.113.9", AddressReach.Never)]
    [InlineData("224.0.0.1", AddressReach.Never)]
    [InlineData("255.255.255.255", AddressReach.Never)]
    [InlineData("::", AddressReach.Never)]
    [InlineData("::ffff:10.0.0.1", AddressReach.Never)]
    [InlineData("::ffff:8.8.8.8", AddressReach.Never)]
    [InlineData("::127.0.0.1", AddressReach.Never)]
    [InlineData("64:ff9b::7f00:1", AddressReach.Never)]
    [InlineData("64:ff9b:1::a00:1", AddressReach.Never)]
    [InlineData("2002:7f00:1::", AddressReach.Never)]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", AddressReach.Never)]
    [InlineData("2001:db8::1", AddressReach.Never)]
    [InlineData("fe80::1", AddressReach.Never)]
    [InlineData("fe80::1%2", AddressReach.Never)]
    [InlineData("fec0::1", AddressReach.Never)]
    [InlineData("ff02::1", AddressReach.Never)]
    [InlineData("fd00:ec2::254", AddressReach.Never)]
    public void Reach_of_an_address(string address, AddressReach reach) => AddressGuard.Judge(IPAddress.Parse(address)).ShouldBe(reach);

    [Fact]
    public void Metadata_address_is_refused_even_where_private_addresses_are_allowed() =>
        AddressGuard.Allows(IPAddress.Parse("169.254.169.254"), allowPrivate: true).ShouldBeFalse();
}
