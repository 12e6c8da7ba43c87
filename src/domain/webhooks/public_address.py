"""Public IP addresses, and the policy of addresses and ports that webhooks may call."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# The special-purpose addresses of IPv4 that are not globally reachable, and the multicast and reserved ones.
# (Source: IANA IPv4 Special-Purpose Address Registry; RFC 5771, RFC 1112.) The standard library's `is_global`
# differs between patch versions of Python.
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
# The only IPv6 range assigned for use in the internet. Outside it are the loopback address and all forms that contain
# an IPv4 address: mapped, compatible, translated (NAT64).
_PUBLIC_V6 = ip_network("2000::/3")
# Inside it: protocol assignments with Teredo, documentation, and 6to4, which wraps IPv4 addresses.
_NOT_PUBLIC_V6 = tuple(ip_network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# HTTP, HTTPS, and what needs no privilege. The others belong to services that take a request for commands of their own,
# such as mail (25), or for an attack, such as SSH (22).
WEB_PORTS = (range(80, 81), range(443, 444), range(1024, 65_536))


def is_public(address: IPAddress) -> bool:
    """True if `address` belongs to the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Addresses and ports that webhooks may call: the public internet and the given networks."""

    networks: tuple[IPNetwork, ...] = ()
    ports: tuple[range, ...] = WEB_PORTS

    def allows(self, address: IPAddress) -> bool:
        """True if webhooks may call `address`."""
        return is_public(address) or any(address in network for network in self.networks)

    def allows_port(self, port: int) -> bool:
        """True if webhooks may call `port`, whatever the address."""
        return any(port in ports for ports in self.ports)

    def allows_host(self, host: str) -> bool:
        """True unless `host` is itself a forbidden address; a name is not resolved."""
        if host == "localhost" or host.endswith(".localhost"):
            return self.allows(ip_address("127.0.0.1"))
        try:
            return self.allows(ip_address(host))
        except ValueError:
            return True
