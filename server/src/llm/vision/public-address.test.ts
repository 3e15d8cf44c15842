import { expect, test } from "vitest";
import { isPublicAddress } from "./public-address.ts";

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "172.15.255.255",
  "172.32.0.1",
  "100.63.255.255",
  "2606:4700:4700::1111",
  "2001:4860:4860::8888",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808",
])("%s is on the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  ["this machine", ["127.0.0.1", "127.255.0.3", "::1", "0.0.0.0", "0.1.2.3", "::"]],
  ["private networks", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"]],
  ["clouds' metadata", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"]],
  [
    "link-local and unique local",
    ["169.254.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1"],
  ],
  ["carrier-grade NAT", ["100.64.0.1", "100.127.255.255"]],
  ["multicast and broadcast", ["224.0.0.1", "239.1.1.1", "255.255.255.255", "ff02::1"]],
  [
    "reserved and documentation",
    [
      "192.0.2.1",
      "198.18.0.1",
      "203.0.113.9",
      "240.0.0.1",
      "2001:db8::1",
      "3fff::1",
      "100::1",
      "5f00::1",
    ],
  ],
  [
    "IPv4 inside IPv6",
    [
      "::ffff:127.0.0.1",
      "::ffff:a9fe:a9fe",
      "::ffff:10.0.0.1",
      "::127.0.0.1",
      "64:ff9b::7f00:1",
      "64:ff9b::a9fe:a9fe",
      "64:ff9b:1::a00:1",
      "2002:7f00:1::",
      "2002:a9fe:a9fe::1",
      "2001:0:1::1",
      "::ffff:0:127.0.0.1",
    ],
  ],
  [
    "what is no address",
    ["", "127.1", "2130706433", "0x7f000001", "localhost", "fe80::1%eth0", "2606:4700::1%25lo"],
  ],
])("%s are not", (_name, addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});
