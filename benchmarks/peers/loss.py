"""Goodput when one packet of a hundred is lost each way. The partner is in `away`, behind a router that drops; offload is off, so a packet is a packet."""

import build
import tcp
from lab import PeerFailed, run

RULES = """
table ip loss {
  chain forward {
    type filter hook forward priority 0;
    ip protocol tcp numgen random mod 1000 < 10 drop
  }
}
"""
MEASURES = {"goodput at 1 % loss, in": tcp.bulk_in, "goodput at 1 % loss, out": tcp.bulk_out}


def make_router(lab, links):
    """Lets the partner stand in each subject's own subnet, as .9: the router answers ARP for it and forwards."""
    run("ip", "-n", lab.near, "link", "add", "router", "type", "veth", "peer", "name", "router", "netns", lab.away)
    for namespace in (lab.near, lab.away):
        run("ip", "-n", namespace, "link", "set", "router", "up")
        run("ip", "netns", "exec", namespace, "ethtool", "-K", "router", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
    run("ip", "netns", "exec", lab.near, "sysctl", "-q", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.proxy_arp=1", "net.ipv4.conf.all.rp_filter=0")
    for link in links:
        own, partner = f"{link}.2", f"{link}.9"
        run("ip", "-n", lab.away, "address", "add", f"{partner}/32", "dev", "router")
        run("ip", "-n", lab.away, "route", "add", own, "dev", "router", "src", partner)
        run("ip", "-n", lab.near, "route", "add", partner, "dev", "router")
    run("ip", "netns", "exec", lab.near, "nft", "-f", "-", input=RULES.encode())


def measure(lab, folder, results, plan):
    subjects = {}
    for peer in plan.choose(tcp.PEERS):
        if not peer.offload and "inline" not in peer.name:
            with results.guard(peer.name):
                subjects[peer.name] = (peer, *tcp.start(lab, peer, peer.build(folder), None))
    try:
        make_router(lab, [address.rsplit(".", 1)[0] for _, _, _, address in subjects.values()])
        partner = lab.start(lab.away, [build.kernel(folder), "0.0.0.0"])
    except PeerFailed as reason:
        results.missing("goodput at 1 % loss", reason)
        return
    for name, how in MEASURES.items():
        for number in range(-1, plan.rounds):
            for peer, subject, partner_address, address in list(subjects.values()):
                try:
                    before = subject.cpu()
                    answer = how(partner, subject, partner_address, address, 2 * plan.seconds)
                    if number >= 0:
                        results.add(name, "free", peer.name, "MB/s", "s/GB", answer, subject.cpu() - before)
                except PeerFailed as reason:
                    results.missing(f"{peer.name}: {name}", reason)
                    del subjects[peer.name]
                    lab.stop(partner)
                    partner = lab.start(lab.away, [build.kernel(folder), "0.0.0.0"])
    for _, subject, _, _ in subjects.values():
        lab.stop(subject)
    lab.stop(partner)
