"""Which addresses lie in the public internet, and which lead to this machine or into its network."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# The special-purpose addresses of IPv4 that are not globally reachable, and the multicast and reserved ones.
# (Source: IANA IPv4 Special-Purpose Address Registry; RFC 5771, RFC 1112.) The standard library's `is_global`
# says something else in different patch versions of Python.
_NOT_PUBLIC_V4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# Of IPv6 only this is given out for use in the internet. What is outside it is not, and that allows everything in
# which an IPv4 address may hide: mapped, compatible, translated (NAT64), and the loopback address itself.
_PUBLIC_V6 = ip_network("2000::/3")
# Inside it: protocol assignments with Teredo, documentation, and 6to4, which wraps IPv4 addresses.
_NOT_PUBLIC_V6 = tuple(ip_network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def is_public(address: IPAddress) -> bool:
    """Whether `address` is one of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Where a request that a client asked for may go.

    Args:
        networks: those inside which it may go besides the public internet.
    """

    networks: tuple[IPNetwork, ...] = ()

    def allows(self, address: IPAddress) -> bool:
        """Whether it may go to `address`."""
        return is_public(address) or any(address in network for network in self.networks)

    def allows_host(self, host: str) -> bool:
        """Whether it may go to `host`, as far as the name itself tells: what it resolves to is another question."""
        if host == "localhost" or host.endswith(".localhost"):
            return self.allows(ip_address("127.0.0.1"))
        try:
            return self.allows(ip_address(host))
        except ValueError:
            return True
