from ipaddress import ip_address, ip_network

from domain.webhooks.public_address import AddressPolicy, is_public

PUBLIC = ["1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "172.32.0.1", "192.167.1.1", "223.255.255.255"]
PUBLIC_V6 = ["2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"]
INWARD = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
INWARD_V6 = [
    "::",
    "::1",
    "::7f00:1",  # compatible
    "::ffff:127.0.0.1",  # mapped
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",  # translated
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # the metadata service of a cloud
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


def test_what_is_in_the_internet_may_be_called() -> None:
    addresses = PUBLIC + PUBLIC_V6
    assert [address for address in addresses if not is_public(ip_address(address))] == []
    assert [address for address in addresses if not AddressPolicy().allows_host(address)] == []


def test_what_leads_inward_may_not() -> None:
    addresses = INWARD + INWARD_V6
    assert [address for address in addresses if is_public(ip_address(address))] == []
    assert [address for address in addresses if AddressPolicy().allows_host(address)] == []


def test_a_network_may_be_allowed_and_nothing_beside_it() -> None:
    address_policy = AddressPolicy((ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")))
    assert address_policy.allows(ip_address("10.1.2.3"))
    assert address_policy.allows(ip_address("fd00:1::2"))
    assert address_policy.allows(ip_address("1.1.1.1"))
    assert not address_policy.allows(ip_address("10.2.0.1"))
    assert not address_policy.allows(ip_address("::ffff:10.1.2.3"))
    assert not address_policy.allows(ip_address("fd00:2::1"))


def test_a_name_tells_little() -> None:
    assert AddressPolicy().allows_host("example.com")
    assert not AddressPolicy().allows_host("localhost")
    assert not AddressPolicy().allows_host("a.localhost")
    assert AddressPolicy((ip_network("127.0.0.0/8"),)).allows_host("localhost")
