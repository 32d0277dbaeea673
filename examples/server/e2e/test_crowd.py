"""Many sessions on one mailbox at once."""

import os
import random
import re
import threading
import time

from mailwright import Server, message

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
        seen_uids, lock, faults = {}, threading.Lock(), []
        end = time.monotonic() + SECONDS

        def work(imap, rng):
            try:
                highest = 0
                while time.monotonic() < end:
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
                    assert modseq >= highest, "a modification sequence went back"
                    highest = modseq
            except Exception as e:
                faults.append(e)

        threads = [threading.Thread(target=work, args=(imap, random.Random(n))) for n, imap in enumerate(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults
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
