"""Rows about many sessions: logging in, POP3, a mixed load, and sessions that only wait."""

import contextlib
import pathlib
import ssl
import tempfile
import time

import servers
from imap import Imap
from mail import message
from table import Row


def login(bench):
    """Against Dovecot as it comes, and with processes that serve one session after the other."""
    row = Row("login and logout, one user, 4 clients", "logins/s", True, {"reused": 2})
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix="reused-") as folder:
        pathlib.Path(folder).chmod(0o755)
        with servers.Theirs(pathlib.Path(folder), bench.preload, servers.REUSED) as reused:
            contenders = [bench.ours, bench.contender("Maildir"), servers.Contender("reused", reused, "m")]
            for _ in range(bench.repeats):
                for contender in contenders:
                    each = bench.scaled(100 if contender.name == "Maildir" else 1500)
                    row.add(contender.name, *bench.load("login", contender, "imap", 4, each, 1, [0]))
    yield row


def pop3(bench):
    """1,000 messages of 4 KiB retrieved and deleted, by one client and by sixteen. Where the client waits for each reply,
    ours makes three system calls a command (it waits, receives, sends), which is what there is to be done, and what the
    kernel does for them is most of its time. With one client nearly all is that two processors are woken in turn, four
    times a message, which takes the same time on both sides: the ratio is less the deeper idle processors sleep."""
    mail = [message(n, 4096) for n in range(bench.scaled(1000))]
    for kind, words in [("pop3", "POP3 RETR and DELE"), ("pop3-pipelined", "POP3 RETR and DELE, pipelined")]:
        for clients in (1, 16):
            row = Row(f"{words}, {clients} client{'s' * (clients > 1)}", "messages/s", True, {"Maildir": 3, "sdbox": 3})
            each = max(50, len(mail) // clients)
            users = range(30, 30 + clients)
            for contender in bench.rounds():
                for n in users:
                    with Imap(contender, n) as session:
                        session.fill(mail[:each])
                row.add(contender.name, *bench.load(kind, contender, "pop3", clients, each, 1, users))
            yield row


def mixed(bench):
    """What twenty readers do all day, in the mailboxes of fifty users, of 30 messages each at first. Most of the time of
    ours is the kernel's: a command takes 1.2 receives and 1.0 sends, 0.2 reads and 1.3 writes of database pages, 0.2
    wake-ups and 0.08 syncs."""
    row = Row("mixed load, 20 clients, 50 users", "commands/s", True, {"Maildir": 3, "sdbox": 3}, 0.2 / 0.06)
    mail = [message(n, 4096) for n in range(30)]
    for contender in bench.rounds():
        for n in range(servers.USERS):
            with Imap(contender, n) as session:
                session.fill(mail)
        each = bench.scaled(1500 if contender.name == "ours" else 500)
        row.add(contender.name, *bench.load("mixed", contender, "imap", 20, each, 4096, range(servers.USERS)))
    yield row


def idle(bench):
    """Memory of a session in IDLE: what more of them add, divided by how many."""
    row = Row("memory of an idle IMAP session", "KiB", False, bound=12)
    for contender in bench.contenders:
        base, many = (1000, 10_000) if contender.name == "ours" else (20, 120)
        held = []
        for sessions in (base, many):
            with bench.idlers(contender, sessions) as idlers:
                held.append(contender.memory())
                seconds = idlers.told()
        row.add(contender.name, (held[1] - held[0]) / (many - base) / 1024)
        if contender.name == "ours":
            told = Row("10,000 idle sessions told of a new mail", "s", False, bound=1)
            told.add("ours", seconds)
    yield row
    yield told


def idle_tls(bench):
    """The same inside TLS, ours alone: the others would be measured with another setting than the rest."""
    row = Row("memory of an idle IMAP session inside TLS", "KiB", False, bound=24)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held, base, many = [], 200, 1200
    # A server of its own: what sessions before gave back would be taken again.
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix="tls-") as folder, contextlib.ExitStack() as entered:
        server = entered.enter_context(servers.Ours(pathlib.Path(folder)))
        ours = servers.Contender("ours", server, "o")
        for count in (base, many - base):
            for _ in range(count):
                session = entered.enter_context(Imap(ours, tls=context))
                session("SELECT INBOX")
                session.socket.sendall(b"i IDLE\r\n")
                session.until(b"+ ")
            time.sleep(1)
            held.append(ours.memory())
    row.add("ours", (held[1] - held[0]) / (many - base) / 1024)
    yield row


ROWS = {"login": login, "pop3": pop3, "mixed": mixed, "idle": idle, "idle-tls": idle_tls}
