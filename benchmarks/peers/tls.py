"""TLS 1.2 clients against one OpenSSL server: the same certificates, suite, group and payload for all."""

import os
from dataclasses import dataclass
from typing import Callable

import build
from lab import PeerFailed, run

HOST = "server.peers.test"


@dataclass
class Client:
    """One client; over the kernel's TCP on a veth, or over ours on a TAP."""

    name: str
    build: Callable  # folder -> the program and its first words
    over_tap: bool = False
    warm_up: float = 1  # as many times as long as a measurement


def openssl(folder):
    return [build.c_program(f"{folder}/tls-openssl", f"{build.HERE}/tls/openssl-client.c", flags=("-lssl", "-lcrypto"))]


def gnutls(folder):
    return [build.c_program(f"{folder}/tls-gnutls", f"{build.HERE}/tls/gnutls-client.c", flags=("-lgnutls",))]


def dotnet(client):
    return lambda folder: [build.dotnet("dotnettls", "tls-peer"), client]


CLIENTS = [
    Client("UserTcp.Tls", dotnet("usertcp"), warm_up=4),
    Client("UserTcp.Tls, chain known", dotnet("usertcp-chain-known"), warm_up=4),
    Client("UserTcp.Tls, BouncyCastle alone", dotnet("usertcp-bouncycastle"), warm_up=4),
    Client("UserTcp.Tls on the platform's cryptography", dotnet("usertcp-platform"), warm_up=4),
    Client("UserTcp.Tls over UserTcp", dotnet("usertcp"), over_tap=True, warm_up=4),
    Client("OpenSSL", openssl),
    Client("GnuTLS", gnutls),
    Client("Go crypto/tls", lambda folder: [build.go_program(folder, "gotls")]),
    Client("SslStream", dotnet("sslstream"), warm_up=4),
    Client("BouncyCastle, tuned", dotnet("bouncycastle-tuned"), warm_up=4),
    Client("BouncyCastle as it comes", dotnet("bouncycastle"), warm_up=4),
]


def handshakes(answer):
    return {"value": answer["count"] / answer["seconds"], "units": answer["count"] / 1e6, "allocated": answer.get("allocated")}


def bulk(answer):
    return {"value": answer["bytes"] / answer["seconds"] / 1e6, "units": answer["bytes"] / 1e9}


# name: (command, how, unit, unit of the processor time)
MEASURES = {
    "TLS full handshake": ("full", handshakes, "/s", "µs"),
    "TLS resumed handshake": ("resumed", handshakes, "/s", "µs"),
    "TLS bulk in": ("receive", bulk, "MB/s", "s/GB"),
    "TLS bulk out": ("send", bulk, "MB/s", "s/GB"),
}


def make_certificates(folder, addresses=()):
    """A root, an intermediate and a leaf, RSA-2048 all, as most servers have. Returns the authority, the server's chain and its key."""
    folder = f"{folder}/certificates"
    os.makedirs(folder, exist_ok=True)
    names = ",".join([f"DNS:{HOST}", *(f"IP:{address}" for address in addresses)])
    issuer = []
    for name, extensions in (("root", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]),
                             ("intermediate", ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"]),
                             ("leaf", [f"subjectAltName={names}", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth", "basicConstraints=critical,CA:FALSE"])):
        words = [word for extension in extensions for word in ("-addext", extension)]
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-sha256", "-days", "30", "-subj", f"/O=UserTcp peers/CN={name}",
            "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-config", "/dev/null", *words, *issuer)
        issuer = ["-CA", f"{folder}/{name}.pem", "-CAkey", f"{folder}/{name}.key"]
    with open(f"{folder}/chain.pem", "w") as chain:
        for name in ("leaf", "intermediate"):
            with open(f"{folder}/{name}.pem") as certificate:
                chain.write(certificate.read())
    return f"{folder}/root.pem", f"{folder}/chain.pem", f"{folder}/leaf.key"


def measure(lab, folder, results, plan):
    authority, chain, key = make_certificates(folder)
    server = build.c_program(f"{folder}/tls-server", f"{build.HERE}/tls/server.c", flags=("-lssl", "-lcrypto", "-pthread"))
    lab.start(lab.near, [server, chain, key])
    veth, _ = lab.add_veth(offload=True)
    clients = {}
    for client in plan.choose(CLIENTS):
        with results.guard(client.name):
            command = [*client.build(folder), authority, HOST]
            if client.over_tap:
                tap, address, own = lab.add_tap()
                clients[client.name] = (client, lab.start(lab.near, [*command, tap, own]), address)
            else:
                clients[client.name] = (client, lab.start(lab.far, command), veth)
    for name, (verb, how, unit, cpu_unit) in MEASURES.items():
        for number in range(-1, plan.rounds):  # the first one warms up
            for client, process, address in list(clients.values()):
                try:
                    before = process.cpu()
                    answer = how(process.ask(verb, address, plan.seconds * (client.warm_up if number < 0 else 1)))
                    if number >= 0:
                        results.add(name, "free", client.name, unit, cpu_unit, answer, process.cpu() - before)
                except PeerFailed as reason:
                    results.missing(f"{client.name}: {name}", reason)
                    del clients[client.name]
                    lab.stop(process)
    for _, process, _ in clients.values():
        lab.stop(process)
