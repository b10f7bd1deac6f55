"""What a connection costs that nobody uses: resident memory of the peer's process, per connection. The kernel's own is not in any process."""

import time

import build
import tcp
from lab import PeerFailed

COUNTS = [1000, 10000]
FIRST = 200  # so that code and pools are there already
PEERS = [
    tcp.ours("UserTcp", True, "pool"),
    tcp.Peer("gVisor, GSO", True, build.gvisor, lambda tap, own, partner: [tap, own, "gso"], 1),
    tcp.Peer("lwIP", False, lambda folder: build.lwip(folder, 2 * COUNTS[-1]), lambda tap, own, partner: [tap, own, partner], 1),
]


def measure(lab, folder, results, plan):
    for peer in plan.choose(PEERS):
        try:
            program = peer.build(folder)
            for count in COUNTS:
                for _ in range(plan.repeats):
                    add_one(lab, folder, results, peer, program, count)
        except PeerFailed as reason:
            results.missing(f"{peer.name}: idle connections", reason)


def add_one(lab, folder, results, peer, program, count):
    subject, _, address = tcp.start(lab, peer, program, None)
    partner = lab.start(lab.near, [build.kernel(folder), "0.0.0.0"])
    partner.ask("hold", address, FIRST)
    time.sleep(0.5)
    before, processor = subject.memory(), subject.cpu()
    partner.ask("hold", address, count)
    time.sleep(0.5)
    answer = {"value": (subject.memory() - before) / count, "units": count / 1e6}
    results.add(f"{count:,} idle connections", "free", peer.name, "bytes each", "µs", answer, subject.cpu() - processor)
    lab.stop(partner)
    lab.stop(subject)
