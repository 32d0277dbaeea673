"""The disk fails, is full, or the process ends at the worst moment: what was acknowledged stays, and service comes back."""

import contextlib
import os
import pathlib
import random
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time

from mailwright import BINARY, LeftOut, Server, message, tool, until

# What a delivery may call to get to the disk.
CALLS = ["pwrite64", "fdatasync,fsync", "write", "rename,renameat,renameat2", "ftruncate", "unlink,unlinkat"]
BODIES = ["short\r\n", "row\r\n" * 4000, "pack\r\n" * 20_000, "file\r\n" * 80_000]


def inject(call, what):
    """The words that start a program with a fault in it."""
    strace = tool("strace")
    if subprocess.run([strace, "-f", "-o", "/dev/null", "true"], capture_output=True).returncode:
        raise LeftOut("strace may not trace here")
    return [strace, "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}"]


def deliver(server, number, body):
    """Delivers one mail; the reply's code, or None where the connection ended."""
    try:
        with smtplib.SMTP("127.0.0.1", server.ports["smtp"], "client.test", timeout=20) as smtp:
            smtp.sendmail("sender@elsewhere.test", ["bob@example.test"], message(f"mail-{number}", body=body))
            return 250
    except smtplib.SMTPResponseException as e:
        return e.smtp_code
    except smtplib.SMTPRecipientsRefused as e:
        return next(iter(e.recipients.values()))[0]
    except (smtplib.SMTPException, OSError):
        return None


@contextlib.contextmanager
def prepared():
    """A server that is stopped, with one mail, and what brings it back to that: each fault meets the same small store. In
    memory, where there is a file system in it: what syncs cost is not the question here."""
    memory = pathlib.Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="mailwright-e2e-", dir=memory if memory.is_dir() else None)
    with Server(accounts=("bob",), folder=folder) as server:
        assert deliver(server, 0, BODIES[2]) == 250
        server.stop()
        data, kept = server.folder / "data", server.folder / "kept"
        shutil.copytree(data, kept)

        def again():
            shutil.rmtree(data)
            shutil.copytree(kept, data)

        yield server, again


def subjects(server):
    return [int(m.partition(b"Subject: mail-")[2].partition(b"\r\n")[0]) for m in server.inbox("bob")]


def check(server, acknowledged):
    """All that was acknowledged is there, and the store is sound."""
    there = subjects(server)
    assert acknowledged | {0} <= set(there), f"lost: {sorted(acknowledged - set(there))}"
    assert len(there) - len(set(there)) == 0, "a mail that was sent once is there once"
    server.command("store", "check")


def back(server):
    """Starts it again after a fault."""
    start = time.monotonic()
    server.start()
    assert time.monotonic() - start < 5, "it is not back within five seconds"


def test_killed_at_calls_that_write():
    """MAILWRIGHT_FAULTS=all: at each one until a run has no more of them."""
    every = os.environ.get("MAILWRIGHT_FAULTS") == "all"
    with prepared() as (server, again):
        points = kept = 0
        for call in CALLS:
            when = 1
            while every or when <= 21:
                again()
                codes = []
                with contextlib.suppress(AssertionError):  # it may be killed before it is ready
                    server.start(under=inject(call, f"signal=SIGKILL:when={when}"))
                    codes = [deliver(server, 1 + n, body) for n, body in enumerate(BODIES)]
                acknowledged = {1 + n for n, code in enumerate(codes) if code == 250}
                survived = codes == [250] * len(BODIES)
                server.kill()
                back(server)
                check(server, acknowledged)
                server.kill()
                points, kept = points + (not survived), kept + len(acknowledged)
                if survived:
                    break
                when += 1 if every else random.randrange(4, 12)
        assert points >= 8, points
        print(f"    killed at {points} calls, {kept} mails acknowledged, none lost")


def readable(server):
    """Whether the inbox can be read; a fault that meets the reader is a temporary refusal."""
    try:
        return bool(subjects(server))
    except AssertionError as refusal:
        assert "UNAVAILABLE" in str(refusal), refusal
        return False


def test_a_call_that_fails_is_a_temporary_refusal():
    """Each call once with each error; MAILWRIGHT_FAULTS=all: wherever it may fail."""
    every = os.environ.get("MAILWRIGHT_FAULTS") == "all"
    with prepared() as (server, again):
        points = refused = 0
        # Not write(2), with which the server also says that it is ready.
        for call, error in [("fdatasync,fsync", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"),
                            ("rename,renameat,renameat2", "EIO"), ("openat", "EMFILE")]:
            # The second file that is opened is the folder of a new pack, when the pack is there already.
            some = [2, random.randrange(1, 4), random.randrange(4, 20)]
            for when in range(1, 60) if every else some:
                again()
                # What fails while it starts ends it with one line; then there is nothing to refuse.
                try:
                    server.start(under=inject(call, f"error={error}:when={when}"))
                except AssertionError:
                    server.end()
                    server.start()
                codes = []
                # At least so many, and more after one that met the fault: each thread of the server has its own.
                while len(codes) < len(BODIES) + 2 or (codes[-1] != 250 and len(codes) < len(BODIES) + 12):
                    codes.append(deliver(server, 1 + len(codes), BODIES[len(codes) % len(BODIES)]))
                assert all(code is None or code == 250 or 400 <= code < 500 for code in codes), (call, error, codes)
                assert codes[-1] == 250, f"{call} {error} at {when}: service did not come back: {codes}"
                until(f"reading goes on after {call} {error} at {when}", lambda: readable(server), 5)
                server.kill()
                back(server)
                check(server, {1 + n for n, code in enumerate(codes) if code == 250})
                server.kill()
                points, refused = points + 1, refused + sum(code != 250 for code in codes)
        assert refused >= 1
        print(f"    {points} faults, {refused} refusals for the time being, none lost")


def test_a_full_disk_refuses_for_the_time_being_and_reading_goes_on():
    mount, umount = tool("mount"), tool("umount")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailwright-e2e-"))
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], capture_output=True).returncode:
        folder.rmdir()
        raise LeftOut("no file system can be mounted here")
    try:
        with Server(accounts=("bob",), folder=folder, extra='[limits]\nmessage_size = "1MiB"') as server:
            acknowledged = {n for n in range(10) if deliver(server, n, BODIES[2]) == 250}
            assert len(acknowledged) == 10
            ballast = folder / "ballast"
            with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
            code = deliver(server, 100, BODIES[3])
            assert code is not None and 400 <= code < 500, code
            imap = server.imap("bob")
            imap.select()
            assert len(imap.fetch("1:*", "(BODY.PEEK[])")[1]) >= 10
            typ, said = imap.append("INBOX", "", None, message("large", body=BODIES[3]))
            assert typ == "NO" and (b"UNAVAILABLE" in said[0] or b"OVERQUOTA" in said[0]), said
            with ballast.open("r+b") as file:
                file.truncate(0)
            start = time.monotonic()
            until("a delivery", lambda: deliver(server, 101, BODIES[3]) == 250, seconds=5)
            acknowledged.add(101)
            assert time.monotonic() - start < 5
            assert imap.append("INBOX", "", None, message("mail-102", body=BODIES[3]))[0] == "OK"
            imap.logout()
            server.kill()
            server.start()
            assert acknowledged <= set(subjects(server))
            server.command("store", "check")
            server.stop()
            server.folder = pathlib.Path(tempfile.mkdtemp())  # what is removed at the end; the mount goes below
    finally:
        subprocess.run([umount, "-l", folder], check=True)
        folder.rmdir()


def test_a_second_server_is_refused_and_foreign_files_are_left_alone():
    with Server(accounts=("bob",)) as server:
        assert deliver(server, 1, BODIES[2]) == 250
        server.stop()
        data = server.folder / "data"
        for folder in [data, data / "packs", data / "staging"]:
            folder.mkdir(exist_ok=True)
            (folder / "note.txt").write_text("mine")
            (folder / "deep").mkdir()
            os.mkfifo(folder / "pipe")
            (folder / "link").symlink_to("/etc/passwd")
            os.mkfifo(folder / "77.pack")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(data / "packs" / "socket"))
        server.start()
        assert deliver(server, 2, BODIES[3]) == 250
        done = subprocess.run([BINARY, "--config", server.config, "serve"], capture_output=True, timeout=30)
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1, done
        assert sorted(subjects(server)) == [1, 2]
        for name in ["note.txt", "pipe", "link", "deep", "77.pack"]:
            assert os.path.lexists(data / "packs" / name), name
        server.command("store", "check")
