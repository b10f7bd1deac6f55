"""Builds the peers from Debian's packages and this folder, each once per run. What is unpacked and built lies in one folder that git ignores."""

import functools
import glob
import os
import shutil
import subprocess

from lab import PeerFailed, run

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ["gcc", "libc6-dev", "golang-go", "golang-gvisor-gvisor-dev", "dpkg-dev", "ethtool", "nftables", "libssl-dev", "openssl", "libgnutls28-dev", "curl"]
MIRROR = "deb-src http://deb.debian.org/debian {release} main\n"


def install():
    """Installs what is missing, where that is possible. Peers that still miss something say so later."""
    missing = [name for name in PACKAGES if subprocess.run(["dpkg", "-s", name], capture_output=True, check=False).returncode]
    if missing:
        subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing], check=False, stdout=subprocess.DEVNULL)


@functools.cache
def c_program(output, *sources, flags=()):
    run("gcc", "-O2", "-o", output, *sources, *flags)
    return output


def kernel(folder):
    return c_program(f"{folder}/kernel", f"{HERE}/kernel/kernel.c", flags=("-pthread",))


@functools.cache
def go_program(folder, name):
    """Against the packages that Debian has installed: no module is downloaded."""
    output = f"{folder}/{name}"
    environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="-buildvcs=false", GOCACHE=f"{folder}/go-cache")
    run("go", "build", "-o", output, f"./{name}", cwd=HERE, env=environment)
    return output


def gvisor(folder):
    return go_program(folder, "gvisor")


def lwip(folder, connections):
    source = lwip_source(folder)
    files = [*glob.glob(f"{source}/src/core/*.c"), *glob.glob(f"{source}/src/core/ipv4/*.c"), f"{source}/src/netif/ethernet.c", *glob.glob(f"{HERE}/lwip/*.c")]
    return c_program(f"{folder}/lwip{connections}", *files, flags=("-w", f"-DPCBS={connections}", f"-I{HERE}/lwip", f"-I{source}/src/include"))


def lwip_source(folder):
    """Debian's source package, unpacked. The machine's own package lists stay as they are."""
    found = glob.glob(f"{folder}/apt/lwip-*/src")
    if found:
        return os.path.dirname(found[0])
    shutil.rmtree(f"{folder}/apt", ignore_errors=True)
    os.makedirs(f"{folder}/apt/lists/partial")
    with open("/etc/os-release") as release, open(f"{folder}/apt/sources.list", "w") as sources:
        name = next((line.split("=")[1].strip() for line in release if line.startswith("VERSION_CODENAME=")), "bookworm")
        sources.write(MIRROR.format(release=name))
    options = ["-q", "-o", f"Dir::Etc::SourceList={folder}/apt/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null", "-o", f"Dir::State::Lists={folder}/apt/lists"]
    run("apt-get", *options, "update")
    run("apt-get", *options, "source", "--only-source", "lwip", cwd=f"{folder}/apt")
    found = glob.glob(f"{folder}/apt/lwip-*/src")
    if not found:
        raise PeerFailed("apt-get source lwip left no source")
    return os.path.dirname(found[0])


@functools.cache
def dotnet(project, name):
    run("dotnet", "build", "-c", "Release", f"{HERE}/{project}", "-v", "q")
    return f"{HERE}/{project}/bin/Release/net10.0/{name}"
