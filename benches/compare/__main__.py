"""Measures the bundled server and Postfix with Dovecot side by side, in turn, on this machine; prints a table."""

import argparse
import contextlib
import os
import pathlib
import subprocess
import tempfile
import time

import machine
import mail_in
import reading
import servers
import sessions
import table

ROWS = {**mail_in.ROWS, **reading.ROWS, **sessions.ROWS}


class Bench:
    """What every row needs: the contenders, how much to do, and the load of clients."""

    def __init__(self, arguments, folder, ours, theirs):
        self.folder, self.theirs, self.preload = folder, theirs, arguments.preload
        self.share = 0.3 if arguments.quick else 1
        self.repeats = 1 if arguments.quick else 3
        self.mailbox = 10_000
        self.ours = servers.Contender("ours", ours, "o")
        self.contenders = [self.ours, servers.Contender("Maildir", theirs, "m"), servers.Contender("sdbox", theirs, "s")]
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", machine.TREE / "target"))
        self.sink = target / "release" / "examples" / "sink"

    def contender(self, name):
        return next(contender for contender in self.contenders if contender.name == name)

    def scaled(self, count):
        return max(1, int(count * self.share))

    def rounds(self, times=1):
        """The contenders in turn, for as many rounds as are asked for."""
        for _ in range(self.repeats * times):
            yield from self.contenders

    def words(self, kind, contender, service, clients, rounds, size, users):
        port = contender.port(service)
        return [LOAD, kind, *map(str, [port, clients, rounds, size]), *map(contender.user, users)]

    def load(self, kind, contender, service, clients, rounds, size, users):
        """Runs a load of clients; operations a second, and CPU seconds of the server per 1,000 of them."""
        cpu = contender.processor_seconds()
        words = self.words(kind, contender, service, clients, rounds, size, users)
        done = subprocess.run(words, capture_output=True, text=True, timeout=180)
        if done.returncode:
            raise RuntimeError(f"{kind} against {contender.name}: {done.stderr}")
        count, seconds = map(float, done.stdout.split())
        return count / seconds, (contender.processor_seconds() - cpu) / count * 1000

    @contextlib.contextmanager
    def idlers(self, contender, count):
        words = self.words("idle", contender, "imap", count, 1, 4096, [0])
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout.readline() != "ready\n":
                    raise RuntimeError(f"idle sessions with {contender.name} did not get ready")
                time.sleep(1)
                yield Idlers(process)
            finally:
                process.kill()
        time.sleep(1)


class Idlers:
    """Sessions that wait in IDLE."""

    def __init__(self, process):
        self.process = process

    def told(self):
        """Sends a mail; the seconds until all sessions were told."""
        out, _ = self.process.communicate("go\n", timeout=120)
        return float(out.split()[1])


TARGET = machine.TREE / "benches" / "target"
LOAD = TARGET / "release" / "mailwright-load"


def build():
    """The server, the sink and the load, as released."""
    cargo = ["cargo", "build", "--release", "--quiet"]
    for words in [["-p", "mailwright-server", "--bin", "mailwright"],
                  ["-p", "mailwright-smtp", "--all-features", "--example", "sink"]]:
        subprocess.run([*cargo, *words], cwd=machine.TREE, check=True)
    subprocess.run([*cargo, "--ignore-rust-version", "-p", "mailwright-load", "--target-dir", TARGET],
                   cwd=machine.TREE / "benches", check=True)


def slow_disk(folder, milliseconds):
    """A library that makes every sync take this much longer, loaded into the servers of both sides. Syncs of several
    processes are slow side by side, as those of no disk are: that favours the side that makes more of them."""
    library = folder / "slow_disk.so"
    source = pathlib.Path(__file__).with_name("slow_disk.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-DDELAY={milliseconds}", "-o", library, source, "-ldl"], check=True)
    library.chmod(0o755)
    return library


def main():
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"which to measure, of: {', '.join(ROWS)} (all)")
    parser.add_argument("--quick", action="store_true", help="one round, a third of the work")
    parser.add_argument("--slow-disk", type=int, metavar="MS", help="every sync takes this much longer, on both sides")
    parser.add_argument("--no-build", action="store_true", help="the binaries are there")
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - set(ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    machine.install()
    machine.allow_many_files()
    if not arguments.no_build:
        build()
    begun, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="mailwright-compare-") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        arguments.preload = slow_disk(folder, arguments.slow_disk) if arguments.slow_disk else None
        with servers.Ours(folder, arguments.preload) as ours, servers.Theirs(folder, arguments.preload) as theirs:
            bench = Bench(arguments, folder, ours, theirs)
            for name in arguments.rows or ROWS:
                try:
                    for row in ROWS[name](bench):
                        rows.append(row)
                        print("\n".join(row.lines()), flush=True)
                except machine.LeftOut as why:
                    print(f"{name}: left out: {why}", flush=True)
    print(f"\n{os.cpu_count()} processors, {time.monotonic() - begun:.0f} s\n")
    print("\n".join(table.whole(rows)))


main()
