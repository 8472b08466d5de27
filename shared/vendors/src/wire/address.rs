//! Which addresses the house may connect to: public ones, checked on the address connected to and not on a name.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Said where a name or a literal leads to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
pub(crate) struct NotPublic;

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicOnly {
    /// On a laptop the vendor is a stand-in on loopback. On Lambda loopback is the Runtime API.
    pub loopback: bool,
}

impl PublicOnly {
    /// Whether an address may be connected to.
    pub(crate) fn permits(self, ip: IpAddr) -> bool {
        is_public(ip) || (self.loopback && ip.to_canonical().is_loopback())
    }
}

/// The client's only resolver: what it does not return is never connected to, so a second look-up cannot lead elsewhere.
#[derive(Debug)]
pub(crate) struct Filtered<R> {
    /// Who knows the names.
    pub names: R,
    pub addresses: PublicOnly,
}

impl<R: Resolve> Resolve for Filtered<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, addresses) = (self.names.resolve(name), self.addresses);
        Box::pin(async move {
            let good: Vec<SocketAddr> = found.await?.filter(|a| addresses.permits(a.ip())).collect();
            if good.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// The names that the system knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is globally reachable, by the IANA special-purpose registries (RFC 6890). An IPv6 address that carries an
/// IPv4 one is judged by it.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special =
        ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation() || ip.is_multicast();
    let reserved = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special && !reserved
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(ip) {
        return is_public_v4(v4);
    }
    let [a, b, ..] = ip.segments();
    // Only 2000::/3 is handed out; inside it, special purposes and documentation are not.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && b < 0x0200) && !(a == 0x2001 && b == 0x0db8) && a & 0xfff0 != 0x3ff0
}

/// Mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`) and 6to4 (`2002::/16`) addresses lead to an IPv4 one.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |hi: u16, lo: u16| Ipv4Addr::from((u32::from(hi) << 16) | u32::from(lo));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, hi, lo] | [0x64, 0xff9b, 0, 0, 0, 0, hi, lo] | [0x2002, hi, lo, ..] => {
            Some(join(hi, lo))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_special_and_disguised_addresses_are_refused() {
        let refused = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.170",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
            "::7f00:1",
        ];
        let house = PublicOnly { loopback: false };
        for text in refused {
            assert!(text.parse().is_ok_and(|ip| !house.permits(ip)), "{text}");
        }
        for text in ["1.1.1.1", "52.94.236.248", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(text.parse().is_ok_and(|ip| house.permits(ip)), "{text}");
        }
    }

    #[test]
    fn a_laptop_reaches_loopback_and_nothing_else_that_is_private() {
        let laptop = PublicOnly { loopback: true };
        for (text, may) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
        ] {
            assert!(text.parse().is_ok_and(|ip| laptop.permits(ip) == may), "{text}");
        }
    }
}
