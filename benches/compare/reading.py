"""Rows about one large mailbox: what a client that opens it asks for, first when cold and then when warm."""

from imap import Imap
from mail import message
from table import Row

SIZE = 8192
FIELDS = "FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])"
# What is asked, and how far ahead of whom the answer should be.
WARM = [
    ("FETCH 1:* FLAGS", "FETCH 1:* (FLAGS)", 2),
    ("FETCH 1:* ENVELOPE", "FETCH 1:* (ENVELOPE)", 2),
    ("FETCH 1:* BODYSTRUCTURE", "FETCH 1:* (BODYSTRUCTURE)", 2),
    ("FETCH 1:* header fields", FIELDS, 2),
    ("FETCH 1:* BODY.PEEK[]", "FETCH 1:* (BODY.PEEK[])", 1.5),
    ("SEARCH SUBJECT", "SEARCH SUBJECT lantern", 5),
    ("SEARCH BODY", "SEARCH BODY \"quarterly x\"", 50),
    ("SEARCH TEXT", "SEARCH TEXT \"quarterly x\"", 50),
    ("SORT (DATE)", "SORT (DATE) UTF-8 ALL", 1),
    ("SORT (SUBJECT)", "SORT (SUBJECT) UTF-8 ALL", 1),
    ("THREAD REFERENCES", "THREAD REFERENCES UTF-8 ALL", 1),
]
COLD = ["FETCH 1:* ENVELOPE", "FETCH 1:* BODYSTRUCTURE", "SORT (DATE)", "THREAD REFERENCES"]


def reading(bench):
    messages = [message(n, SIZE) for n in range(bench.mailbox)]
    commands = {name: command for name, command, _ in WARM}
    cold = {name: Row(f"cold: {name}", "ms", False, {"Maildir": 2, "sdbox": 2}) for name in COLD}
    sessions = {}
    for contender in bench.contenders:
        session = sessions[contender.name] = Imap(contender, 10)
        session.append(messages)
    for contender in bench.contenders:
        session = sessions[contender.name] = Imap(contender, 10)
        session("SELECT INBOX")
        for name, row in cold.items():
            row.add(contender.name, session.timed(commands[name]) * 1000)
    yield from cold.values()
    yield from warm(bench, sessions)
    yield from changes(bench, sessions)


def warm(bench, sessions):
    row = Row(f"SELECT of {bench.mailbox:,}", "ms", False, {"Maildir": 1, "sdbox": 1})
    for contender in bench.rounds(5):
        session = sessions[contender.name]
        session("CLOSE" if contender.name != "ours" else "UNSELECT")
        row.add(contender.name, session.timed("SELECT INBOX") * 1000)
    yield row
    for name, command, factor in WARM:
        row = Row(name, "ms", False, {"Maildir": factor, "sdbox": factor})
        for contender in bench.rounds(3):
            row.add(contender.name, sessions[contender.name].timed(command) * 1000)
        yield row


def changes(bench, sessions):
    store = Row("STORE 1:* +FLAGS", "ms", False, {"Maildir": 20, "sdbox": 1})
    silent = Row("STORE 1:* +FLAGS.SILENT", "ms", False, {"Maildir": 20, "sdbox": 1})
    copy = Row("COPY 1:*", "ms", False, {"Maildir": 10, "sdbox": 10})
    expunge = Row("EXPUNGE all", "ms", False, {"Maildir": 2, "sdbox": 2})
    for contender in bench.rounds():
        session = sessions[contender.name]
        store.add(contender.name, session.timed("STORE 1:* +FLAGS (\\Flagged)") * 1000)
        silent.add(contender.name, session.timed("STORE 1:* -FLAGS.SILENT (\\Flagged)") * 1000)
        session("CREATE copies")
        copy.add(contender.name, session.timed("COPY 1:* copies") * 1000)
        session("SELECT copies")
        session("STORE 1:* +FLAGS.SILENT (\\Deleted)")
        expunge.add(contender.name, session.timed("EXPUNGE") * 1000)
        session("SELECT INBOX")
        session("DELETE copies")
    yield from [store, silent, copy, expunge]


ROWS = {"reading": reading}
