"""Network namespaces, TAPs and the processes in them. Whatever is made here goes away with the Lab, also on Ctrl-C."""

import json
import os
import select
import subprocess
import time

PROCESSOR_TIME = 2  # clock_getcpuclockid(3): the clock of another process is made of its id and this


class Lab:
    """Namespaces: the partner's `near`, with the kernel's ends of all TAPs, `far`, for a kernel at the other end of a veth, and `away`, behind a router."""

    def __init__(self, folder):
        self.folder = folder
        self.near = f"peers{os.getpid()}n"
        self.far = f"peers{os.getpid()}f"
        self.away = f"peers{os.getpid()}a"
        self.links = 0
        self.processes = []

    def __enter__(self):
        for name in (self.near, self.far, self.away):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for process in list(self.processes):
            self.stop(process)
        for name in (self.near, self.far, self.away):
            subprocess.run(["ip", "netns", "delete", name], check=False)

    def add_tap(self):
        """A TAP whose kernel end is in `near`. Returns its name, the partner's address and the subject's."""
        self.links += 1
        name, subnet = f"tap{self.links}", f"10.77.{self.links}"
        run("ip", "-n", self.near, "tuntap", "add", "dev", name, "mode", "tap")
        run("ip", "-n", self.near, "address", "add", f"{subnet}.1/24", "dev", name)
        run("ip", "-n", self.near, "link", "set", name, "up")
        return name, f"{subnet}.1", f"{subnet}.2"

    def add_veth(self, offload):
        """A cable between the namespaces. Returns the partner's address and the subject's."""
        self.links += 1
        name, subnet = f"veth{self.links}", f"10.77.{self.links}"
        run("ip", "-n", self.near, "link", "add", name, "type", "veth", "peer", "name", name, "netns", self.far)
        for namespace, host in ((self.near, 1), (self.far, 2)):
            run("ip", "-n", namespace, "address", "add", f"{subnet}.{host}/24", "dev", name)
            run("ip", "-n", namespace, "link", "set", name, "up")
            if not offload:
                run("ip", "netns", "exec", namespace, "ethtool", "-K", name, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        return f"{subnet}.1", f"{subnet}.2"

    def start(self, namespace, command, cores=None):
        """Starts a process that says "ready" and then takes commands."""
        process = Process(namespace, command, cores, self.folder)
        self.processes.append(process)
        process.expect("ready")
        return process

    def stop(self, process):
        self.processes.remove(process)
        process.stop()


class Process:
    """A peer or the partner: one command line in, one line of JSON out."""

    def __init__(self, namespace, command, cores, folder):
        self.name = os.path.basename(command[0])
        pinned = ["taskset", "-c", cores] if cores else []
        self.errors = open(os.path.join(folder, "errors.txt"), "ab")
        # .NET compiles for speed what is called often, but not while anything new is called, and ten times later on one processor. Neither wait belongs into
        # a measurement; what is compiled is the same.
        environment = dict(os.environ, DOTNET_TC_CallCountingDelayMs="0", DOTNET_TC_DelaySingleProcMultiplier="1", DOTNET_NOLOGO="1")
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *pinned, *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment)

    def stop(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass  # it has ended already
        try:
            self.child.wait(2)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.errors.close()

    def line(self, patience=20):
        if not select.select([self.child.stdout], [], [], patience)[0]:
            raise PeerFailed(f"{self.name} says nothing")
        line = self.child.stdout.readline().decode().strip()
        if not line:
            raise PeerFailed(f"{self.name} has ended")
        return line

    def expect(self, wanted):
        line = self.line()
        if line != wanted:
            raise PeerFailed(f"{self.name} says {line!r} instead of {wanted!r}")

    def ask(self, *words):
        try:
            self.child.stdin.write((" ".join(map(str, words)) + "\n").encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            raise PeerFailed(f"{self.name} has ended") from None
        return json.loads(self.line())

    def cpu(self):
        """Seconds of processor time, user and system, of all threads."""
        return time.clock_gettime((~self.child.pid << 3) | PROCESSOR_TIME)

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.child.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class PeerFailed(Exception):
    """A peer does not do what it should: its rows are left out, with this as the reason."""


def run(*command, **options):
    try:
        subprocess.run(command, check=True, capture_output=True, **options)
    except FileNotFoundError:
        raise PeerFailed(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        raise PeerFailed(f"{' '.join(command)}: {(error.stderr + error.stdout).decode().strip()[-300:]}") from None
