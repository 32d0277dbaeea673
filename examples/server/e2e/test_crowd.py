"""Many sessions on one mailbox at once."""

import os
import random
import re
import socket
import threading
import time

from mailwright import PASSWORD, Server, message

# For a long run: MAILWRIGHT_CROWD=10x60 is ten sessions for sixty seconds.
SESSIONS, SECONDS = map(int, os.environ.get("MAILWRIGHT_CROWD", "8x10").split("x"))


def listing(imap):
    """UID to flags, as the session sees them."""
    typ, data = imap.fetch("1:*", "(UID FLAGS)")
    found = {}
    for line in data:
        if line:
            uid, flags = re.search(rb"UID (\d+)", line), re.search(rb"FLAGS \(([^)]*)\)", line)
            if not uid:
                continue  # news of a change that came along
            found[int(uid.group(1))] = frozenset(flags.group(1).split()) - {rb"\Recent"}
    return found


def at_once(sessions, seconds, act):
    """Each session acts again and again, all at once, until the time is over or one objects."""
    end, faults = time.monotonic() + seconds, []

    def work(session, rng):
        try:
            while time.monotonic() < end and not faults:
                act(session, rng)
        except Exception as e:
            faults.append(e)

    threads = [threading.Thread(target=work, args=(each, random.Random(n))) for n, each in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults


def test_every_session_ends_with_what_the_store_has():
    """Many sessions store, copy, move, expunge, append and fetch at random, and agree at the end."""
    with Server(accounts=("bob",)) as server:
        first = server.imap("bob")
        first.create("Other")
        for n in range(40):
            first.append("INBOX", None, None, message(f"start-{n}"))
        sessions = [server.imap("bob") for _ in range(SESSIONS)]
        for imap in sessions:
            imap.select("INBOX")
        seen_uids, lock, highest = {}, threading.Lock(), dict.fromkeys(sessions, 0)

        def one_thing(imap, rng):
            uids = list(listing(imap))
            some = ",".join(map(str, rng.sample(uids, min(len(uids), 5)))) or "1"
            act = rng.randrange(6)
            if act == 0:
                imap.uid("STORE", some, rng.choice("+-") + "FLAGS", rng.choice([r"(\Seen)", r"(\Flagged)", "($x)"]))
            elif act == 1 and len(uids) < 200:
                imap.uid("COPY", some, rng.choice(["INBOX", "Other"]))
            elif act == 2 and len(uids) > 20:
                imap.uid("MOVE", some.partition(",")[0], "Other")
            elif act == 3 and len(uids) > 20:
                imap.uid("STORE", some.partition(",")[0], "+FLAGS", r"(\Deleted)")
                imap.expunge()
            elif act == 4 and len(uids) < 200:
                name = f"{rng.random()}"
                typ, (said,) = imap.append("INBOX", None, None, message(name))
                uid = int(re.search(rb"APPENDUID \d+ (\d+)", said).group(1))
                with lock:
                    assert uid not in seen_uids, f"UID {uid} was given twice"
                    seen_uids[uid] = name
            else:
                imap.fetch("1:*", "(ENVELOPE RFC822.SIZE)")
            said = imap.status("INBOX", "(HIGHESTMODSEQ)")[1][0]
            modseq = int(re.search(rb"HIGHESTMODSEQ (\d+)", said).group(1))
            assert modseq >= highest[imap], "a modification sequence went back"
            highest[imap] = modseq

        at_once(sessions, SECONDS, one_thing)
        for imap in sessions:
            imap.noop()
        truth = server.imap("bob")
        truth.select("INBOX")
        want = listing(truth)
        for imap in sessions:
            assert listing(imap) == want
        # What an appended message was called, it is called still.
        for uid in [uid for uid in want if uid in seen_uids]:
            header = truth.uid("FETCH", str(uid), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1]
            assert seen_uids[uid].encode() in header, uid


class Told:
    """A session that knows the mailbox from what it is told alone, and objects to what it may not be told."""

    def __init__(self, server, recent_in):
        self.socket = socket.create_connection((server.address, server.ports["imap"]), timeout=30)
        self.lines = self.socket.makefile("rb")
        self.commands, self.messages, self.keywords, self.recent_in = 0, [], set(), recent_in
        self.lines.readline()
        self.run(f'LOGIN {server.user("bob")} "{PASSWORD}"')
        self.run("SELECT INBOX")
        self.run("UID FETCH 1:* (FLAGS)")

    def run(self, command):
        """Tells of news, among them what the command itself brings about."""
        self.commands += 1
        tag = f"t{self.commands} ".encode()
        self.socket.sendall(tag + command.encode() + b"\r\n")
        by_number = command.split()[0] in ("FETCH", "STORE", "SEARCH")
        while not (line := self.lines.readline()).startswith(tag):
            while literal := re.search(rb"\{(\d+)\}\r\n$", line):
                line += self.lines.read(int(literal.group(1))) + self.lines.readline()
            self.hear(line, command, by_number)
        assert line.startswith(tag + b"OK "), (command, line)

    def hear(self, line, command, by_number):
        if flags := re.match(rb"\* FLAGS \((.*)\)", line):
            self.keywords = set(flags.group(1).split())
        counted = re.match(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH)", line)
        if not counted:
            return
        number, what = int(counted.group(1)), counted.group(2)
        if what == b"EXISTS":
            assert number >= len(self.messages), ("there can be no fewer without EXPUNGE", line)
            self.messages += [(None, None)] * (number - len(self.messages))
            return
        assert 1 <= number <= len(self.messages), ("no message has that number", line)
        if what == b"EXPUNGE":
            assert not by_number, ("numbers may not change under a command by number", command, line)
            del self.messages[number - 1]
            return
        uid, flags = self.messages[number - 1]
        if told := re.search(rb"UID (\d+)", line):
            assert uid in (None, int(told.group(1))), ("another UID than before", uid, line)
            uid = int(told.group(1))
        if told := re.search(rb"FLAGS \((.*?)\)", line):
            flags = set(told.group(1).split())
            unknown = {flag for flag in flags if not flag.startswith(b"\\")} - self.keywords
            assert not unknown, ("a keyword that FLAGS does not name", unknown)
            if rb"\Recent" in flags and uid:
                assert self.recent_in.setdefault(uid, self) is self, ("recent in two sessions", uid)
            flags = frozenset(flags - {rb"\Recent"})
        self.messages[number - 1] = (uid, flags)

    def act(self, rng):
        """Does something at random, sometimes more than one thing without waiting."""
        there = len(self.messages)
        some = f"{rng.randint(1, max(there, 1))}:{rng.randint(1, max(there, 1))}"
        flag = rng.choice([r"\Seen", r"\Flagged", f"$k{rng.randrange(8)}"])
        act = rng.randrange(7)
        if act == 0 or there < 20:
            text = message("more").decode()
            self.run(f"APPEND INBOX ({flag}) {{{len(text)}+}}\r\n{text}")
        elif act == 1 and there < 60:
            self.run(f"COPY {some.partition(':')[0]} INBOX")
        elif act == 2:
            self.run(f"MOVE {some.partition(':')[0]} Other")
        elif act == 3:
            self.run(rf"STORE {some.partition(':')[0]} +FLAGS (\Deleted)")
            self.run("EXPUNGE")
        elif act == 4:
            self.run(f"FETCH {some} (UID FLAGS ENVELOPE BODY.PEEK[])")
        elif act == 5:
            self.run("SEARCH UNSEEN")
            self.run("NOOP")
        else:
            self.run(f"STORE {some} {rng.choice('+-')}FLAGS ({flag})")


def test_what_sessions_are_told_is_what_there_is():
    """Sessions that never ask for what they were told know every message and flag in the end, and are told in order."""
    with Server(accounts=("bob",)) as server:
        first = server.imap("bob")
        first.create("Other")
        for n in range(30):
            first.append("INBOX", None, None, message(f"start-{n}"))
        recent_in = {}
        sessions = [Told(server, recent_in) for _ in range(SESSIONS)]
        at_once(sessions, SECONDS / 2, Told.act)
        truth = Told(server, recent_in).messages
        for session in sessions:
            session.run("NOOP")
            # Of messages that came and were not touched since, only their number is told.
            known = [[new if old is None else old for old, new in zip(*both)] for both in zip(session.messages, truth)]
            assert (known, len(session.messages)) == ([list(message) for message in truth], len(truth))
