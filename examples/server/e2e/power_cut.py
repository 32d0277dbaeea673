"""Power cuts, by hand and as root: `power_cut.py [CUTS]`.

The data lie on an ext4 image that is shut down without its journal being written, as if the power had gone, while eight
connections deliver mail. The image is mounted again, and what was acknowledged must be there. With `--lie` every sync does
nothing: the control, which has to lose mail.
"""

import fcntl
import os
import pathlib
import random
import smtplib
import struct
import subprocess
import sys
import tempfile
import threading
import time

from mailwright import Server, message, run

SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


def cut(mount):
    folder = os.open(mount, os.O_RDONLY)
    fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(folder)


def main(cuts, lie):
    work = pathlib.Path(tempfile.mkdtemp(prefix="mailwright-power-"))
    image, mount = work / "image", work / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    run("mkfs.ext4", "-q", image)
    under = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
             "inject=fsync,fdatasync:retval=0"] if lie else []
    run("mount", "-o", "loop", image, mount)
    server = Server(accounts=("bob",), folder=mount)
    # The log and the configuration are not on the disk that fails.
    server.folder, config = work, server.config
    server.config = work / config.name
    server.config.write_bytes(config.read_bytes())
    acknowledged, lock, running, number = set(), threading.Lock(), [True], iter(range(1 << 40))

    def deliver():
        while running[0]:
            try:
                smtp = smtplib.SMTP("127.0.0.1", server.ports["smtp"], "client.test", timeout=5)
                while running[0]:
                    with lock:
                        mine = next(number)
                    body = "line\r\n" * random.choice([10, 10, 10, 20_000, 60_000])
                    smtp.sendmail("sender@elsewhere.test", ["bob@example.test"], message(f"mail-{mine}", body=body))
                    with lock:
                        acknowledged.add(mine)
            except (smtplib.SMTPException, OSError):
                time.sleep(0.05)

    lost = extra = slowest = 0
    try:
        for _ in range(cuts):
            start = time.monotonic()
            server.start(under=under)
            slowest = max(slowest, time.monotonic() - start)
            running[0] = True
            threads = [threading.Thread(target=deliver) for _ in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.3, 1.5))
            cut(mount)
            running[0] = False
            server.kill()
            for thread in threads:
                thread.join()
            run("umount", mount)
            run("mount", "-o", "loop", image, mount)
            server.start()
            subjects = [int(m.partition(b"Subject: mail-")[2].partition(b"\r\n")[0]) for m in server.inbox("bob")]
            lost += len(acknowledged - set(subjects))
            extra += len(set(subjects) - acknowledged)
            if not lie:
                server.command("store", "check")
            print(f"{len(acknowledged)} acknowledged in this cut, {lost} lost, {extra} kept without an acknowledgement so far",
                  flush=True)
            # Begin anew, so that the image does not fill up.
            imap = server.imap("bob")
            imap.select()
            if subjects:
                imap.store("1:*", "+FLAGS.SILENT", "\\Deleted")
                imap.expunge()
            imap.logout()
            acknowledged.clear()
            server.stop()
    finally:
        running[0] = False
        if server.process:
            server.kill()
        run("umount", mount)
    print(f"{cuts} cuts: {lost} lost; started within {slowest:.1f} s")
    return int(bool(lost) != lie)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--lie"]
    sys.exit(main(int(words[0]) if words else 20, "--lie" in sys.argv))
