import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Azure's host service: a public number that every virtual machine there reaches without leaving its host. */
const AZURE_HOST_SERVICE = "168.63.129.16";
const GLOBAL_UNICAST = ipaddr.IPv6.parse("2000::");
const NAT64 = ipaddr.IPv6.parse("64:ff9b::");

/**
 * Whether an address belongs to the public internet. Whatever IANA's special-purpose registries (RFC 6890 and after)
 * name otherwise is not public: private, loopback, link-local and with it the clouds' metadata services, unique
 * local, carrier-grade NAT, multicast, documentation, reserved. IPv4 inside IPv6 (mapped, NAT64) counts as what is
 * inside; 6to4 and Teredo are refused whole, since nobody serves images there.
 */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js also reads "127.1"; only what a resolver answers is an address here.
  if (isIP(address) === 0 || address.includes("%")) return false;
  const parsed = ipaddr.parse(address);
  return isIPv4(parsed) ? isPublicIPv4(parsed) : isPublicIPv6(parsed);
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  return address.range() === "unicast" && address.toString() !== AZURE_HOST_SERVICE;
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  if (address.isIPv4MappedAddress()) return isPublicIPv4(address.toIPv4Address());
  // Networks without IPv4 give every IPv4 host such an address (RFC 6147).
  if (address.match(NAT64, 96)) {
    return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(12)));
  }
  return address.range() === "unicast" && address.match(GLOBAL_UNICAST, 3);
}

function isIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): address is ipaddr.IPv4 {
  return address.kind() === "ipv4";
}
