"""Postfix in a folder of its own: another server to send to, and to get mail from. Loopback only; needs root."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from mailwright import LeftOut, free_port, run, tool, until

NOBODY = 65534
MASTER = """
{address}:{port} inet n - n - - smtpd
pickup    unix       n - n 60 1 pickup
cleanup   unix       n - n - 0 cleanup
qmgr      unix       n - n 300 1 qmgr
tlsmgr    unix       - - n 1000? 1 tlsmgr
rewrite   unix       - - n - - trivial-rewrite
bounce    unix       - - n - 0 bounce
defer     unix       - - n - 0 bounce
trace     unix       - - n - 0 bounce
flush     unix       n - n 1000? 0 flush
proxymap  unix       - - n - - proxymap
smtp      unix       - - n - - smtp
relay     unix       - - n - - smtp
lmtp      unix       - - n - - lmtp
showq     unix       n - n - - showq
error     unix       - - n - - error
retry     unix       - - n - - error
discard   unix       - - n - - discard
virtual   unix       - n n - - virtual
anvil     unix       - - n - 1 anvil
scache    unix       - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail for anybody at `domain` into one maildir, and passes on what its `routes` say: {domain: port}, or
    {domain: transport} in Postfix's words.

    `settings` go into main.cf as they are, and win over what stands here.
    """

    def __init__(self, domain="postfix.test", address="127.0.0.1", port=None, routes=(), settings=()):
        tool("postfix")
        if os.geteuid() != 0:
            raise LeftOut("Postfix starts as root only")
        self.domain, self.address, self.port = domain, address, port or free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postfix-e2e-"))
        self.folder.chmod(0o755)
        for name in ["config", "queue", "data", "mail"]:
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", NOBODY, NOBODY)
        run(tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=mail.{domain}",
            "-addext", f"subjectAltName=DNS:mail.{domain},IP:{address}",
            "-keyout", self.folder / "key.pem", "-out", self.folder / "certificate.pem")
        transport = " ".join(f"{{ {name} = {to if isinstance(to, str) else f'smtp:[127.0.0.1]:{to}'} }}"
                             for name, to in dict(routes).items())
        main = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "maillog_file": self.folder / "log",
            "maillog_file_prefixes": self.folder,
            "myhostname": f"mail.{domain}",
            "mydestination": "",
            "inet_interfaces": address,
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "alias_database": "",
            "smtp_dns_support_level": "disabled",
            "transport_maps": f"inline:{{ {transport} }}" if transport else "",
            "virtual_mailbox_domains": domain,
            "virtual_mailbox_base": self.folder / "mail",
            "virtual_mailbox_maps": "static:all/",
            "virtual_uid_maps": f"static:{NOBODY}",
            "virtual_gid_maps": f"static:{NOBODY}",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": self.folder / "certificate.pem",
            "smtpd_tls_key_file": self.folder / "key.pem",
            "smtpd_tls_received_header": "yes",
            "smtp_tls_security_level": "encrypt",
            "smtpd_peername_lookup": "no",
            "local_header_rewrite_clients": "",  # nothing is added to a header that lacks something
            "minimal_backoff_time": "1s",
            "queue_run_delay": "1s",
            "message_size_limit": "52428800",
            "mailbox_size_limit": "0",
            "virtual_mailbox_limit": "0",
        } | dict(settings)
        (self.folder / "config" / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in main.items()))
        (self.folder / "config" / "master.cf").write_text(MASTER.format(address=address, port=self.port))
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        # A session of its own, so that whatever it started can be ended with it.
        self.process = subprocess.Popen(["postfix", "-c", self.folder / "config", "start-fg"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        until("Postfix is up", lambda: "daemon started" in self.log())
        return self

    def stop(self):
        if self.process:
            # Its master has a session of its own, and is told by its own program.
            subprocess.run(["postfix", "-c", self.folder / "config", "stop"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
            self.process.wait(10)
        self.process = None

    def log(self):
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def queue(self):
        """The files of the mails that wait."""
        return [path for name in ["incoming", "active", "deferred"] for path in (self.folder / "queue" / name).rglob("*")
                if path.is_file()]

    def inbox(self):
        """All that was delivered, in no order, as Postfix wrote it: with LF, and its own fields before the message."""
        return [path.read_bytes() for path in (self.folder / "mail" / "all" / "new").glob("*")]

    def wait_for(self, count=1, seconds=30):
        return until(f"{count} mails at Postfix", lambda: (m := self.inbox()) and len(m) >= count and m, seconds)
