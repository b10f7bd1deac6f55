"""One page over HTTPS by a command that starts from nothing: `usertcp get` over a TAP beside curl over a veth, from the same running server."""

import os
import resource
import subprocess
import time

import build
import tls
from lab import PeerFailed, run

PORT = 4443
PAGE = "page.html"


def jit(folder):
    return [build.dotnet("../../src/UserTcp.Cli", "usertcp"), "get"]


def native(folder):
    run("dotnet", "publish", f"{build.HERE}/../../src/UserTcp.Cli", "-c", "Release", "-o", f"{folder}/native", "-v", "q")
    return [f"{folder}/native/usertcp", "get"]


PROGRAMS = {"usertcp get, just in time": jit, "usertcp get, native": native}


def measure(lab, folder, results, plan):
    veth, _ = lab.add_veth(offload=True)
    taps = {name: lab.add_tap() for name in PROGRAMS}
    authority, chain, key = tls.make_certificates(folder, [veth, *(partner for _, partner, _ in taps.values())])
    with open(f"{folder}/{PAGE}", "w") as page:
        page.write("<p>hello</p>\n" * 100)
    server = subprocess.Popen(
        ["ip", "netns", "exec", lab.near, "openssl", "s_server", "-quiet", "-WWW", "-tls1_2", "-accept", str(PORT), "-cert", chain, "-cert_chain", chain, "-key", key],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        commands = {"curl": ["ip", "netns", "exec", lab.far, "curl", "-s", "--cacert", authority, f"https://{veth}:{PORT}/{PAGE}"]}
        for name, (tap, partner, own) in taps.items():
            with results.guard(name):
                commands[name] = ["ip", "netns", "exec", lab.near, *PROGRAMS[name](folder), "--tap", tap, "--address", f"{own}/24", "--ca", authority, f"https://{partner}:{PORT}/{PAGE}"]
        for number in range(-1, plan.pages):
            for name, command in list(commands.items()):
                try:
                    answer, cpu = fetch(command)
                    if number >= 0:
                        results.add("one page, cold", "free", name, "ms", "ms", answer, cpu)
                except PeerFailed as reason:
                    results.missing(name, reason)
                    del commands[name]
    finally:
        server.kill()
        server.wait()


def fetch(command):
    before, start = processor_time(), time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False, timeout=30, env=dict(os.environ, DOTNET_NOLOGO="1"))
    took = time.monotonic() - start
    if done.returncode or b"hello" not in done.stdout:
        raise PeerFailed(f"exit {done.returncode}: {done.stderr.decode().strip()[-200:]}")
    return {"value": took * 1e3, "units": 1e-3}, processor_time() - before


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
