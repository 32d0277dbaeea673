"""The commands for the stored mail, with the server running and stopped."""

import json
import mailbox
import pathlib
import sqlite3
import time

from mailwright import Server, message, until


def fill(server, name, count):
    smtp = server.smtp(service="smtp")
    for n in range(count):
        if n % 50 == 49:  # a connection may send so many
            smtp.quit()
            smtp = server.smtp(service="smtp")
        smtp.sendmail("sender@elsewhere.test", [server.user(name)], message(f"mail-{n}"))
    smtp.quit()


def test_a_maildir_goes_in_and_comes_out():
    with Server(accounts=("alice",)) as server:
        source = pathlib.Path(server.folder, "Maildir")
        box = mailbox.Maildir(source)
        for n in range(70):
            mail = mailbox.MaildirMessage(message(f"in-{n}").replace(b"\r\n", b"\n"))
            mail.set_date(1_700_000_000 + n)
            mail.set_flags("SF" if n % 2 else "")
            box.add(mail)
        below = box.add_folder("Work.2026 &APw-ber")  # modified UTF-7
        below.add(mailbox.MaildirMessage(b"Subject: below\n\nFrom here\n"))
        said = server.command("store", "import", "alice@example.test", source)
        assert "71 messages" in said, said
        imap = server.imap("alice")
        assert b'"Work/2026 &APw-ber"' in b" ".join(imap.list()[1]), imap.list()
        imap.select()
        typ, data = imap.fetch("1:2", "(FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        text = b" ".join(part if isinstance(part, bytes) else part[0] + part[1] for part in data)
        assert b"in-0" in text and b"in-1" in text and b"\\Flagged \\Seen" in text, text
        assert b"14-Nov-2023 22:13:20 +0000" in text, text
        imap.logout()
        for format in ("maildir", "mbox"):
            out = server.folder / format
            assert "71 messages" in server.command("store", "export", "alice@example.test", out, "--format", format)
            server.command("account", "add", f"{format}@example.test", "--password-stdin", input=b"secret\n")
            assert "71 messages" in server.command("store", "import", f"{format}@example.test", out)
        out = mailbox.Maildir(server.folder / "maildir", create=False)
        assert sorted(m.get_flags() for m in out) == ["" for _ in range(35)] + ["FS" for _ in range(35)]
        assert len(mailbox.mbox(server.folder / "mbox" / "INBOX.mbox", create=False)) == 70
        assert (server.folder / "mbox" / "Work" / "2026 über.mbox").read_bytes().count(b"\n>From here\n") == 1
        usage = json.loads(server.command("account", "quota", "maildir@example.test", "--json"))
        assert usage["messages"] == 71, usage


def test_check_and_backup_beside_a_running_server():
    with Server(accounts=("alice",)) as server:
        fill(server, "alice", 30)
        server.command("account", "quota", "alice@example.test", "100KiB")
        report = json.loads(server.command("store", "check", "--json"))
        assert report == {"messages": 30, "repaired": [], "damaged": []}, report
        copy = server.folder / "copy"
        server.command("store", "backup", copy)
        server.command("store", "backup", copy, ok=False)
        fill(server, "alice", 5)
        server.stop()
        with sqlite3.connect(server.folder / "data" / "mail.sqlite") as db:
            db.execute("UPDATE derived SET envelope = x'00' WHERE body = 3")
            db.execute("UPDATE small SET octets = zeroblob(length(octets)) WHERE body = 4")
        db.close()
        said = server.command("store", "check", ok=False)
        assert "repaired: body 3" in said and "damaged: message 4 of alice@example.test" in said, said
        server.config.write_text(server.config.read_text().replace(str(server.folder / "data"), str(copy)))
        server.start()
        assert len(server.inbox("alice")) == 30
        fill(server, "alice", 1)
        assert len(server.inbox("alice")) == 31


def test_quota_is_kept():
    with Server(accounts=("alice",)) as server:
        fill(server, "alice", 3)
        server.command("account", "quota", "alice@example.test", "1KiB")
        with server.smtp(service="smtp") as smtp:
            smtp.mail("sender@elsewhere.test")
            code, text = smtp.rcpt("alice@example.test")
            if code == 250:
                code, text = smtp.data(message("too much"))
        assert code == 452 and b"4.2.2" in text, (code, text)
        imap = server.imap("alice")
        typ, data = imap.append("INBOX", "", None, message("too much"))
        assert typ == "NO" and b"OVERQUOTA" in data[0], data
        server.command("account", "quota", "alice@example.test", "none")
        assert imap.append("INBOX", "", None, message("enough"))[0] == "OK"
        imap.logout()


def test_a_search_finds_what_has_just_come_and_what_is_indexed():
    with Server(accounts=("alice",)) as server:
        fill(server, "alice", 150)
        imap = server.imap("alice")
        imap.select()

        def found(*key):
            return imap.search(None, *key)[1][0].split()

        for wait in (0, 2):  # before and after the index is made
            time.sleep(wait)
            assert len(found("BODY", "HELLO")) == 150
            assert found("SUBJECT", "mail-77") == [b"78"]
            assert found("TEXT", "<mail-140@") == [b"141"]
            assert found("BODY", '"nothing like it"') == []
        until("an index", lambda: (server.folder / "data" / "search.sqlite").exists())
        imap.logout()
