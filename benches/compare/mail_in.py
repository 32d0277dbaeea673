"""Rows about mail that comes in: SMTP to the mailbox, SMTP to nowhere, APPEND, and the syncs they need."""

import subprocess
import time

from imap import Imap
from machine import LeftOut, Syncs, free_port, processor_seconds, wait_for_port, which
from table import Row


# Messages of one session at most: fewer than any of the servers allows.
SESSION = 90


def smtp_source(port, to, count, sessions, size, keep=True):
    """Sends mail; with `keep` each session stays for many messages, else for one."""
    while count > 0:
        some = min(count, SESSION * sessions)
        words = [which("smtp-source"), "-s", str(sessions), "-m", str(some), "-l", str(size), "-f",
                 "sender@example.test", "-t", to, *(["-d"] if keep else []), f"127.0.0.1:{port}"]
        subprocess.run(words, check=True, timeout=180, stdout=subprocess.DEVNULL)
        count -= some


def deliver(contender, count, sessions, size, keep=True, user=0):
    """Sends mail and waits until the mailbox has it. Messages a second, and CPU seconds per 1,000."""
    with Imap(contender, user) as reader:
        before, cpu = reader.count(), contender.processor_seconds()
        begun = time.perf_counter()
        smtp_source(contender.port("smtp"), contender.user(user), count, sessions, size, keep)
        while reader.count() < before + count:
            if time.perf_counter() - begun > 120:
                raise LeftOut("the mail did not come within two minutes")
            time.sleep(0.02)
        seconds = time.perf_counter() - begun
    return count / seconds, (contender.processor_seconds() - cpu) / count * 1000


def smtp_row(name, sessions, size, goal, cpu_goal=None, keep=True, count=(1500, 600)):
    def measure(bench):
        row = Row(name, "messages/s", True, goal, cpu_goal)
        for contender in bench.rounds():
            ours, theirs = count
            row.add(contender.name, *deliver(contender, bench.scaled(ours if contender.name == "ours" else theirs),
                                             sessions, size, keep))
        yield row
    return measure


def front(bench):
    """Accepted and thrown away: the front alone. Ours is the sink of the SMTP library, with nothing behind it."""
    row = Row("SMTP, accepted and thrown away, 10 sessions", "messages/s", True, {"Postfix": 1})
    sink, bare = free_port(), free_port()
    ours = subprocess.Popen([bench.sink, f"127.0.0.1:{sink}", "--quiet"], stdout=subprocess.DEVNULL)
    bare_sink = [which("smtp-sink"), "-u", "nobody", f"127.0.0.1:{bare}", "100"]
    theirs = subprocess.Popen(bare_sink, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(sink)
        wait_for_port(bare)
        postfix = bench.theirs.postfix
        for _ in range(bench.repeats):
            for name, port, pids in [("ours", sink, [ours.pid]), ("Postfix", postfix.port, postfix.pids),
                                     ("smtp-sink", bare, [theirs.pid])]:
                count = bench.scaled(1000 if name == "Postfix" else 8000)
                cpu, begun = processor_seconds(pids), time.perf_counter()
                smtp_source(port, "someone@discard.test", count, 10, 4096)
                seconds = time.perf_counter() - begun
                row.add(name, count / seconds, (processor_seconds(pids) - cpu) / count * 1000)
    finally:
        ours.kill()
        theirs.kill()
    yield row


def append(bench):
    """APPEND, one message at a time in each session, each session with a mailbox of its own."""
    for clients, factor in [(1, 2), (10, 4)]:
        row = Row(f"APPEND 4 KiB, {clients} client{'s' * (clients > 1)}", "messages/s", True, {"sdbox": factor})
        for contender in bench.rounds():
            each = bench.scaled(2000 if contender.name == "ours" else 800) // (1 if clients == 1 else 4)
            row.add(contender.name, *bench.load("append", contender, "imap", clients, each, 4096, range(20, 20 + clients)))
        yield row


def syncs(bench):
    """How often a delivery waits for the disk: the fewer, the better a slow disk is borne."""
    for sessions in (1, 10, 50):
        row = Row(f"syncs per 1,000 deliveries, {sessions} session{'s' * (sessions > 1)}", "syncs", False, {"Maildir": 1})
        for contender in bench.contenders:
            count = bench.scaled(400)
            counter = Syncs(contender.stack.pids, bench.folder)
            deliver(contender, count, sessions, 4096, user=1)
            row.add(contender.name, counter.count() / count * 1000)
        yield row


ROWS = {
    "smtp": smtp_row("SMTP to mailbox, 4 KiB, 10 sessions", 10, 4096, {"Maildir": 10, "sdbox": 10}, 15, count=(5000, 600)),
    "smtp-64k": smtp_row("SMTP to mailbox, 64 KiB, 10 sessions", 10, 65536, {"Maildir": 8, "sdbox": 8}, count=(2000, 400)),
    "smtp-one": smtp_row("SMTP to mailbox, 4 KiB, 1 session", 1, 4096, {"Maildir": 3, "sdbox": 3}),
    "smtp-reconnect": smtp_row("SMTP to mailbox, 4 KiB, 10 sessions, a connection each", 10, 4096,
                               {"Maildir": 10, "sdbox": 10}, 10, keep=False, count=(3000, 500)),
    "front": front,
    "append": append,
    "syncs": syncs,
}
