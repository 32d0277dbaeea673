"""What the machine is asked: programs, free ports, processor time, memory and syncs of a tree of processes."""

import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TREE / "examples/server/e2e"))
from mailwright import free_port  # noqa: E402, F401
TICK = os.sysconf("SC_CLK_TCK")
PACKAGES = ["postfix", "dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd", "strace"]


class LeftOut(Exception):
    """A row that cannot be measured on this machine, and why."""


def install():
    """Installs the servers that we are compared with, where they are missing."""
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *PACKAGES], capture_output=True, text=True)
    there = {line.split()[0] for line in listed.stdout.splitlines() if line.endswith("install ok installed")}
    missing = [package for package in PACKAGES if package not in there]
    if missing:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=env)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True, env=env,
                       stdout=subprocess.DEVNULL)
    for program in ["postfix", "dovecot", "smtp-source", "smtp-sink"]:
        if not which(program):
            raise SystemExit(f"{program} is not there: this comparison needs Debian's postfix and dovecot, and root")


def which(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def allow_many_files():
    """Ten thousand sessions need as many descriptors, here and in the servers."""
    wanted = 40_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def wait_for_port(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port} after {seconds} s")


def tree(pids):
    """These processes and all that descend from them."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found, left = [], list(pids)
    while left:
        pid = left.pop()
        found.append(pid)
        left += children.get(pid, [])
    return found


def stat(pid):
    """The fields of /proc/PID/stat after the command's name; none if the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def processor_seconds(pids):
    """Spent by these processes, their descendants, and those descendants that have ended."""
    all_fields = filter(None, map(stat, tree(pids)))
    return sum(int(ticks) for fields in all_fields for ticks in fields[11:15]) / TICK


def memory(pids):
    """Octets of memory that these processes and their descendants hold, shared pages counted once in all."""
    total = 0
    for pid in tree(pids):
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass
    return total


class Syncs:
    """Counts the calls by which a tree of processes makes something durable, while it is open."""

    CALLS = "fsync,fdatasync,msync,sync_file_range"

    def __init__(self, pids, folder):
        if not which("strace"):
            raise LeftOut("strace is not installed")
        self.output = pathlib.Path(folder) / "syncs"
        attached = [word for pid in tree(pids) for word in ("-p", str(pid))]
        self.strace = subprocess.Popen(["strace", "-f", "-q", "-e", f"trace={self.CALLS}", "-o", self.output, *attached],
                                       stderr=subprocess.DEVNULL)
        time.sleep(1)
        if self.strace.poll() is not None:
            raise LeftOut("strace may not attach here")

    def count(self):
        self.strace.terminate()
        self.strace.wait(20)
        lines = self.output.read_text().splitlines()
        return sum("sync(" in line or "sync_file_range(" in line for line in lines if "resumed" not in line)
