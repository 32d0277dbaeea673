"""Programs and libraries that read by IMAP: imapflow, imapclient, mutt, offlineimap."""

import json
import pathlib
import subprocess
import tempfile

from mailwright import PASSWORD, TARGET, LeftOut, Server, message, run, tool
from test_readers import secret


def test_imapflow():
    """A node library that uses every extension it finds: a whole afternoon with a mailbox."""
    node, modules = tool("node"), TARGET / "e2e" / "node_modules"
    if not (modules / "imapflow").is_dir():
        raise LeftOut("imapflow is not installed")
    script = pathlib.Path(__file__).with_name("imapflow.js")
    with Server() as server:
        options = {"port": server.ports["imaps"], "user": server.user("bob"), "pass": PASSWORD}
        said = run(node, script, json.dumps(options), env={"NODE_PATH": str(modules)})
        found = json.loads(said.strip().splitlines()[-1])
        assert {"IMAP4rev1", "QRESYNC", "OBJECTID"} <= set(found["capabilities"]), found
        assert ["Läden/Bücher", 2] in found["mailboxes"], found
        assert [m[2:4] for m in found["messages"]] == [["eins", "text/plain"], ["zwei", "text/plain"]], found
        assert "\\Seen" in found["messages"][0][1] and found["text"] == "für dich\r\n", found
        assert (found["uid"], found["search"], found["body"]) == (1, [2], [1]), found
        assert (found["moved"], found["noticed"]) == ([1], 1), found
        assert b"Subject: eins" in server.inbox("bob")[0]


def test_imapclient():
    """Python's other library: sets, threads, idle, quotas, over TLS."""
    python = TARGET / "e2e" / "python" / "bin" / "python"
    if not python.exists() or subprocess.run([python, "-c", "import imapclient"], capture_output=True).returncode:
        raise LeftOut("imapclient is not installed")
    script = """
import sys, ssl, imapclient
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
c = imapclient.IMAPClient("127.0.0.1", port, ssl=True, ssl_context=context, timeout=30)
c.login(user, password)
assert c.has_capability("MOVE") and c.namespace().personal[0][1] == "/"
c.create_folder("Ü/b"); c.subscribe_folder("Ü/b")
assert [f[2] for f in c.list_sub_folders()].count("Ü/b") == 1
c.append("Ü/b", b"Subject: one\\r\\nMessage-ID: <1@c.test>\\r\\n\\r\\n1\\r\\n", [imapclient.SEEN])
c.append("Ü/b", b"Subject: Re: one\\r\\nIn-Reply-To: <1@c.test>\\r\\nMessage-ID: <2@c.test>\\r\\n\\r\\n2\\r\\n")
assert c.select_folder("Ü/b")[b"EXISTS"] == 2
assert c.search(["SUBJECT", "one", "UNSEEN"]) == [2] and c.search(["SUBJECT", "ü"], "UTF-8") == []
assert c.sort("REVERSE SIZE") == [2, 1] and c.thread() == ((1, 2),)
got = c.fetch([1, 2], ["ENVELOPE", "FLAGS", "BODYSTRUCTURE", "INTERNALDATE", "BODY.PEEK[HEADER]", "MODSEQ"])
assert got[2][b"ENVELOPE"].in_reply_to == b"<1@c.test>" and got[1][b"FLAGS"] == (b"\\\\Seen", b"\\\\Recent")
assert c.add_flags([1, 2], ["$Label"])[2] == (b"\\\\Recent", b"$Label")
assert c.remove_flags(1, ["$Label"])[1] == (b"\\\\Seen", b"\\\\Recent")
c.idle(); other = imapclient.IMAPClient("127.0.0.1", port, ssl=True, ssl_context=context); other.login(user, password)
other.append("Ü/b", b"Subject: new\\r\\n\\r\\n"); assert (3, b"EXISTS") in c.idle_check(timeout=20); c.idle_done()
c.copy([1, 2], "INBOX"); c.move([3], "INBOX"); c.delete_messages(1); c.expunge()
assert c.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 3 and c.search() == [2]
c.unselect_folder(); c.rename_folder("Ü/b", "Ü/c"); c.delete_folder("Ü/c"); c.logout(); other.logout()
print("all of it")
"""
    with Server() as server:
        assert "all of it" in run(python, "-c", script, server.ports["imaps"], server.user("bob"), PASSWORD)


def test_mutt():
    """mutt without a screen: sorts, limits, tags, copies, deletes, and asks again."""
    mutt = tool("mutt")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp(service="smtp") as smtp:
            for n in range(5):
                smtp.sendmail("a@elsewhere.test", ["bob@example.test"], message(f"mutt-{n}"))
        server.imap("bob").create("Kept")
        config = secret(folder, "muttrc", f"""
set folder="imap://bob%40example.test@127.0.0.1:{server.ports['imap']}/"
set spoolfile="+INBOX" imap_pass="{PASSWORD}" ssl_starttls=no ssl_force_tls=no imap_authenticators="login"
set imap_passive=no confirmappend=no delete=yes move=no mark_old=no header_cache="" wait_key=no
set sort=reverse-subject
push "<tag-pattern>~s mutt-1<enter><tag-prefix><copy-message>=Kept<enter><untag-pattern>~A<enter><delete-pattern>~s mutt-2<enter><flag-message><sync-mailbox><quit>"
""")
        run("script", "-qec", f"{mutt} -F {config}", "/dev/null", input=b"", timeout=60, env={"TERM": "xterm", "HOME": folder})
        imap = server.imap("bob")
        assert imap.select("Kept")[1] == [b"1"] and imap.search(None, "SUBJECT", "mutt-1")[1] == [b"1"]
        assert imap.select("INBOX")[1] == [b"4"] and imap.search(None, "SUBJECT", "mutt-2")[1] == [b""]
        assert len(imap.search(None, "FLAGGED")[1][0].split()) == 1


def test_offlineimap():
    """Both ways into a Maildir; the second time nothing changes."""
    offlineimap = tool("offlineimap")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp(service="smtp") as smtp:
            for n in range(50):
                smtp.sendmail("a@elsewhere.test", ["bob@example.test"], message(f"offline-{n}"))
        imap = server.imap("bob")
        imap.create("Lists/rust")
        imap.append("Lists/rust", r"(\Flagged)", None, message("listed"))
        box = pathlib.Path(folder) / "mail"
        config = secret(folder, "offlineimaprc", f"""
[general]
accounts = bob
metadata = {folder}/state
ui = quiet
[Account bob]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {box}
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {server.ports['imap']}
remoteuser = bob@example.test
remotepass = {PASSWORD}
ssl = no
starttls = no
auth_mechanisms = LOGIN
""")
        sync = lambda: run(offlineimap, "-c", config, timeout=120, env={"HOME": folder})
        sync()
        files = lambda name: sorted(p for d in ("cur", "new") for p in (box / name / d).iterdir())
        assert len(files("INBOX")) == 50 and files("Lists.rust")[0].name.endswith("F")
        gone = files("INBOX")[0]
        gone.unlink()
        (box / "INBOX" / "new" / "1.local").write_bytes(message("from-here").replace(b"\r\n", b"\n"))
        sync()
        assert imap.select("INBOX")[1] == [b"50"] and imap.search(None, "SUBJECT", "from-here")[1] != [b""]
        before = (imap.status("INBOX", "(MESSAGES UIDNEXT HIGHESTMODSEQ)")[1], files("INBOX"))
        sync()
        assert before == (imap.status("INBOX", "(MESSAGES UIDNEXT HIGHESTMODSEQ)")[1], files("INBOX"))
