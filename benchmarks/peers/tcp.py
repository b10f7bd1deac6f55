"""TCP peers and what is measured of them: bulk, round trips, connections. The partner is always the kernel's TCP."""

from dataclasses import dataclass
from typing import Callable

import build
from lab import PeerFailed

PLACEMENTS = {"free": (None, None), "one core": ("0", "0"), "apart": ("0", "1")}


@dataclass
class Peer:
    """One stack in one configuration."""

    name: str
    offload: bool
    build: Callable  # folder -> the program
    arguments: Callable  # tap, own address, partner's address -> the words behind the program
    warm_up: float  # as many times as long as a measurement


def ours(name, offload, continuations):
    return Peer(name, offload, lambda _: build.dotnet("usertcp", "usertcp-peer"),
                lambda tap, own, partner: [tap, own, "offload" if offload else "plain", continuations], 4)


PEERS = [
    ours("UserTcp", True, "pool"),
    ours("UserTcp, inline", True, "inline"),
    ours("UserTcp, no offload", False, "pool"),
    ours("UserTcp, no offload, inline", False, "inline"),
    Peer("gVisor, GSO", True, build.gvisor, lambda tap, own, partner: [tap, own, "gso"], 1),
    Peer("gVisor, no offload", False, build.gvisor, lambda tap, own, partner: [tap, own, "plain"], 1),
    Peer("lwIP", False, lambda folder: build.lwip(folder, 64), lambda tap, own, partner: [tap, own, partner], 1),
    Peer("kernel over veth", True, build.kernel, None, 1),
    Peer("kernel over veth, no offload", False, build.kernel, None, 1),
]


def start(lab, peer, program, cores):
    if peer.arguments is None:
        partner, own = lab.add_veth(peer.offload)
        return lab.start(lab.far, [program, own], cores), partner, own
    tap, partner, own = lab.add_tap()
    return lab.start(lab.near, [program, *peer.arguments(tap, own, partner)], cores), partner, own


def bulk_in(partner, subject, partner_address, address, seconds):
    return per_gigabyte(partner.ask("send", address, seconds))


def bulk_out(partner, subject, partner_address, address, seconds):
    return per_gigabyte(partner.ask("receive", address, seconds))


def round_trips(partner, subject, partner_address, address, seconds):
    answer = partner.ask("rtt", address, seconds)
    return {"value": answer["p50"] * 1e6, "p99": answer["p99"] * 1e6, "units": answer["count"] / 1e6}


def connects_in(partner, subject, partner_address, address, seconds):
    return per_connection(partner.ask("connects", address, seconds))


def connects_out(partner, subject, partner_address, address, seconds):
    return per_connection(subject.ask("connects", partner_address, seconds))


def per_gigabyte(answer):
    return {"value": answer["bytes"] / answer["seconds"] / 1e6, "units": answer["bytes"] / 1e9}


def per_connection(answer):
    return {"value": answer["count"] / answer["seconds"], "units": answer["count"] / 1e6}


# name: (how, unit, unit of the processor time, placements)
MEASURES = {
    "bulk in": (bulk_in, "MB/s", "s/GB", ["free"]),
    "bulk out": (bulk_out, "MB/s", "s/GB", ["free"]),
    "1-byte round trip, p50": (round_trips, "µs", "µs", ["free", "one core", "apart"]),
    "connect and close, as client": (connects_out, "/s", "µs", ["free", "one core", "apart"]),
    "connect and close, as server": (connects_in, "/s", "µs", ["free", "one core", "apart"]),
}


def measure(lab, folder, results, plan):
    """Runs all rounds; in each round every peer takes its turn, so that a busy machine is busy for all of them."""
    programs = {}
    for peer in plan.choose(PEERS):
        try:
            programs[peer.name] = peer.build(folder)
        except PeerFailed as reason:
            results.missing(peer.name, reason)
    for placement, (subject_cores, partner_cores) in PLACEMENTS.items():
        partner = lab.start(lab.near, [build.kernel(folder), "0.0.0.0"], partner_cores)
        subjects = {}
        for peer in PEERS:
            if peer.name in programs:
                with results.guard(peer.name):
                    subjects[peer.name] = (peer, *start(lab, peer, programs[peer.name], subject_cores))
        for name, (how, unit, cpu_unit, placements) in MEASURES.items():
            if placement not in placements:
                continue
            for number in range(-1, plan.rounds):  # the first one warms up
                for peer, subject, partner_address, address in list(subjects.values()):
                    try:
                        before = subject.cpu()
                        answer = how(partner, subject, partner_address, address, plan.seconds * (peer.warm_up if number < 0 else 1))
                        if number >= 0:
                            results.add(name, placement, peer.name, unit, cpu_unit, answer, subject.cpu() - before)
                    except PeerFailed as reason:
                        results.missing(f"{peer.name}: {name}, {placement}", reason)
                        del subjects[peer.name]
                        lab.stop(subject)
                        lab.stop(partner)  # it may wait for that peer for long
                        partner = lab.start(lab.near, [build.kernel(folder), "0.0.0.0"], partner_cores)
        for _, subject, _, _ in subjects.values():
            lab.stop(subject)
        lab.stop(partner)
