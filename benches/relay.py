#!/usr/bin/env python3
"""Mails a second relayed to a sink, and the CPU they cost: Mailwright beside Postfix, with 1, 10 and 100 destinations.

    cargo build --release -p mailwright-server -p mailwright-mx --bin mailwright --example scripted_dns
    python3 benches/relay.py [mails, default 5000] [rounds, default 2]

Both take the same mails of 4 KiB over the same number of connections from the same program and pass them on to the same
smtp-sink (of Debian's package postfix), one after the other, several rounds in turn. Postfix runs from a folder of its own
with its defaults, but for `in_flow_delay = 0`, and knows its hosts from a table; Mailwright asks a name server. Needs root,
which Postfix does. Loopback only.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "examples/server/e2e"))
from mailwright import PASSWORD, NameServer, Server, free_port  # noqa: E402

CONNECTIONS = 20
BODY = b"Subject: load\r\nFrom: <alice@example.test>\r\nMessage-ID: <%d@load.test>\r\n\r\n" + b"x" * 76 + b"\r\n"
BODY += (b"y" * 76 + b"\r\n") * 52
HERTZ = os.sysconf("SC_CLK_TCK")


def address(n):
    return f"127.0.1.{n + 1}"


class Sink:
    """smtp-sink, and how many mails it has taken."""

    def __enter__(self):
        self.port = free_port()
        self.process = subprocess.Popen(["smtp-sink", "-u", "postfix", "-c", f"inet:0.0.0.0:{self.port}", "1000"], stdout=subprocess.PIPE)
        self.mails = 0
        threading.Thread(target=self.count, daemon=True).start()
        return self

    def count(self):
        text = b""
        while piece := os.read(self.process.stdout.fileno(), 65536):
            text = (text + piece)[-200:]
            if found := re.findall(rb"mesg=(\d+)", text):
                self.mails = int(found[-1])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


class Postfix:
    """A private Postfix that relays for this machine."""

    def __init__(self, sink, destinations):
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postfix-bench-"))
        os.chmod(self.folder, 0o755)
        spool, data = self.folder / "spool", self.folder / "data"
        spool.mkdir()
        data.mkdir()
        shutil.chown(data, "postfix")
        (self.folder / "transport").write_text(
            "".join(f"d{n}.test smtp:[{address(n)}]:{sink.port}\n" for n in range(destinations)))
        (self.folder / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
myhostname = postfix.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
transport_maps = texthash:{self.folder}/transport
maillog_file = {self.folder}/log
maillog_file_prefixes = {self.folder}
in_flow_delay = 0s
""")
        services = ["cleanup unix n - n - 0", "qmgr unix n - n 300 1", "rewrite unix - - n - -", "bounce unix - - n - 0",
                    "defer unix - - n - 0", "trace unix - - n - 0", "flush unix n - n 1000? 0", "proxymap unix - - n - -",
                    "smtp unix - - n - -", "relay unix - - n - -", "error unix - - n - -", "retry unix - - n - -",
                    "anvil unix - - n - 1", "scache unix - - n - 1", "postlog unix-dgram n - n - 1"]
        lines = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        for service in services:
            name = service.split()[0]
            program = {"rewrite": "trivial-rewrite", "defer": "bounce", "trace": "bounce", "relay": "smtp",
                       "retry": "error", "postlog": "postlogd"}.get(name, name)
            lines.append(f"{service} {program}")
        (self.folder / "master.cf").write_text("\n".join(lines) + "\n")

    def __enter__(self):
        subprocess.run(["postfix", "-c", self.folder, "start"], check=True, capture_output=True, timeout=60)
        self.master = int((self.folder / "spool/pid/master.pid").read_text())
        return self

    def __exit__(self, *_):
        subprocess.run(["postfix", "-c", self.folder, "stop"], capture_output=True, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu(self):
        """Of the master, of its children that are gone, and of those that run."""
        return ticks(self.master, True) + sum(ticks(pid) for pid in children(self.master))


class Mailwright:
    """A Mailwright that relays for who logs in."""

    def __init__(self, sink, destinations):
        zone = "$TTL 300\n" + "".join(f"d{n}.test MX 10 mx.d{n}.test\nmx.d{n}.test A {address(n)}\n" for n in range(destinations))
        self.dns = NameServer(zone)
        self.server = Server(delivery=f"port = {sink.port}", dns=self.dns.port)
        self.port = self.server.ports["submission"]

    def __enter__(self):
        self.dns.__enter__()
        os.environ["RUST_LOG"] = "warn"
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.dns.__exit__()

    def cpu(self):
        return ticks(self.server.process.pid)


def ticks(pid, with_gone=False):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(t) for t in fields[11:15 if with_gone else 13]) / HERTZ


def children(pid):
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def replies(file, count):
    """Reads so many replies and requires them to be positive."""
    while count:
        line = file.readline()
        assert line[:1] in (b"2", b"3"), line
        count -= line[3:4] != b"-"


def load(port, login, numbers, destinations):
    with socket.create_connection(("127.0.0.1", port), 60) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = s.makefile("rb")
        replies(file, 1)
        s.sendall(b"EHLO load.test\r\n")
        replies(file, 1)
        if login:
            import base64
            s.sendall(b"AUTH PLAIN " + base64.b64encode(b"\0alice@example.test\0" + PASSWORD.encode()) + b"\r\n")
            replies(file, 1)
        for number in numbers:
            to = b"r%d@d%d.test" % (number, number % destinations)
            s.sendall(b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<" + to + b">\r\nDATA\r\n")
            replies(file, 3)
            s.sendall(BODY % number + b".\r\n")
            replies(file, 1)
        s.sendall(b"QUIT\r\n")


def race(kind, sink, mails, destinations):
    """Mails a second, CPU seconds for 1,000 mails."""
    with kind(sink, destinations) as server:
        login = kind is Mailwright
        # Everything is started once before it counts.
        load(server.port, login, range(20), destinations)
        begun, before = sink.mails, None
        end = time.monotonic() + 60
        while sink.mails < begun and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(1)
        first, cpu, start = sink.mails, server.cpu(), time.monotonic()
        parts = [range(n, mails, CONNECTIONS) for n in range(CONNECTIONS)]
        threads = [threading.Thread(target=load, args=(server.port, login, part, destinations)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = time.monotonic() - start
        end = time.monotonic() + 300
        while sink.mails < first + mails:
            assert time.monotonic() < end, f"{sink.mails - first} of {mails} arrived"
            time.sleep(0.005)
        seconds = time.monotonic() - start
        time.sleep(0.5)
        return mails / seconds, (server.cpu() - cpu) * 1000 / mails, mails / taken


def main():
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    print(f"{mails} mails of {len(BODY)} octets over {CONNECTIONS} connections, best of {rounds} rounds")
    for destinations in (1, 10, 100):
        best = {}
        for _ in range(rounds):
            for kind in (Postfix, Mailwright):
                with Sink() as sink:
                    result = race(kind, sink, mails, destinations)
                best[kind] = max(best.get(kind, result), result)
        for kind, (rate, cpu, taken) in best.items():
            print(f"{destinations:4} destinations  {kind.__name__:10} {rate:7.0f} mails/s relayed  {taken:7.0f} mails/s "
                  f"taken  {cpu:6.2f} CPU s per 1,000")
        ours, theirs = best[Mailwright], best[Postfix]
        print(f"{destinations:4} destinations  ratio      {ours[0] / theirs[0]:7.2f} x as fast, "
              f"{ours[1] / theirs[1]:.2f} of the CPU", flush=True)


main()
