// Sends mails over a pool of connections, and prints what became of each: `node nodemailer.js OPTIONS`, which are JSON.
const nodemailer = require("nodemailer");
const { port, secure, user, pass, to, count } = JSON.parse(process.argv[2]);
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port, secure, requireTLS: true, pool: true, maxConnections: 2, auth: { user, pass },
  tls: { rejectUnauthorized: false },
});
(async () => {
  await transport.verify();
  const sent = [...Array(count).keys()].map((n) => transport.sendMail({
    from: { name: "Alice Ünal", address: user }, to, subject: `node ${n} – für Bob`, messageId: `<${n}@node.test>`,
    text: ".\n..\nGrüße\n", html: "<p>Grüße</p>", dsn: { id: `n${n}`, return: "headers", notify: ["failure"], recipient: user },
    attachments: [{ filename: "näme.bin", content: Buffer.alloc(20000, n) }],
  }));
  for (const info of await Promise.all(sent)) console.log(JSON.stringify([info.accepted, info.rejected, info.response]));
  try {
    await transport.sendMail({ from: user, to: ["nobody@" + user.split("@")[1], to], text: "half" });
    console.log("half was taken");
  } catch (e) { console.log("half failed: " + e.message); }
  transport.close();
})().catch((e) => { console.error(e); process.exit(1); });
