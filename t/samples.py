# SPDX-License-Identifier: MIT
"""samples: messages as people's programs send them, put into a Maildir"""

import random
import struct
import time
import zlib
from email.message import EmailMessage
from email.utils import format_datetime
from datetime import datetime, timezone

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def picture(width=320, height=200, seed=1):
    """A PNG with a gradient."""
    a, b, c = (seed * 53 % 200, seed * 97 % 200, seed * 29 % 200)
    rows = b"".join(
        b"\0" + b"".join(bytes(((a + x * 55 // width) & 255,
                                (b + y * 55 // height) & 255,
                                (c + (x + y) * 55 // (width + height)) & 255))
                         for x in range(width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + \
            struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + \
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


HTML = """<!doctype html><html><head><style>
body { margin: 0; background: #f2f4f8; font: 16px/1.5 sans-serif; }
.card { max-width: 560px; margin: 24px auto; padding: 32px; background: #fff;
  border-radius: 12px; }
a.button { display: inline-block; padding: 12px 22px; border-radius: 8px;
  background: #4050d2; color: #fff; text-decoration: none; }
</style></head><body><!-- preheader -->
<div class="card"><h1>Thank you, %(name)s!</h1>
<p>Your order <b>#%(number)d</b> is on its way and will arrive on Thursday.</p>
%(image)s<p><a class="button" href="https://shop.example/track/%(number)d">
Track the parcel</a></p><p>Questions? Answer this mail.</p></div>
</body></html>
"""

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1@example.com
DTSTART:20261203T090000Z
DTEND:20261203T100000Z
SUMMARY:Sprint planning\\, round two
LOCATION:Room 4
ORGANIZER;CN=Ann Lee:mailto:ann@example.com
ATTENDEE;CN=Bob:mailto:bob@example.com
ATTENDEE:mailto:eve@example.com
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
"""


def text(subject, sender, to, body, **headers):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def order(number=1042, name="Ann", remote=False):
    """HTML with an embedded picture, and one from elsewhere if wanted."""
    image = '<p><img src="cid:map@shop" width="320" alt="Map"></p>'
    if remote:
        image += '<img src="https://track.example/open.png?id=%d">' % number
    message = text("Your order #%d has been sent" % number,
                   "Shop <orders@shop.example>", "%s <ann@example.com>" % name,
                   "Your order #%d is on its way.\n" % number,
                   X_Tags="orders")
    message.add_alternative(HTML % {"name": name, "number": number,
                                    "image": image}, subtype="html")
    message.get_payload()[1].add_related(picture(), "image", "png",
                                         cid="<map@shop>",
                                         filename="map.png")
    return message


def with_parts():
    message = text("Report for November", "Reports <reports@example.com>",
                   "team@example.com, boss@example.com",
                   "Please find the report attached.\n\n"
                   "See https://example.com/reports?id=7 (or www.example.com)."
                   "\n", X_Tags="reports, finance")
    message.add_attachment(b"%PDF-1.4\n%%EOF\n" * 400, "application", "pdf",
                           filename="report 2026-11.pdf")
    message.add_attachment(picture(600, 400, 5), "image", "png",
                           filename="chart.png")
    message.add_attachment(CALENDAR, subtype="calendar",
                           filename="planning.ics")
    message.add_attachment(order(77, "Inner"))
    return message


def few():
    """Some of every kind, the newest first."""
    return [
        order(remote=True),
        with_parts(),
        text("\u05e9\u05dc\u05d5\u05dd, "
             "\u05d6\u05d4\u05d5 \u05de\u05d1\u05d7\u05df \u05e9\u05dc "
             "\u05db\u05d9\u05d5\u05d5\u05df \u05d4\u05d8\u05e7\u05e1\u05d8",
             "\u05d3\u05e0\u05d4 <dana@example.co.il>", "ann@example.com",
             "\u05e9\u05dc\u05d5\u05dd \u05d0\u05df, \u05ea\u05d5\u05d3\u05d4 "
             "\u05e2\u05dc \u05d4\u05d4\u05d5\u05d3\u05e2\u05d4.\n"),
        text("\U0001f389 Welcome aboard, "
             "\U0001f469\u200d\U0001f4bb Ann! \U0001f680",
             "Acme \U0001f916 <hello@acme.example>", "ann@example.com",
             "We are glad you are here \u2764\ufe0f\n", X_Tags="welcome"),
        text("Re: Fwd: Re: a subject that somebody has written without ever "
             "thinking about how long a subject should be, and which goes on "
             "and on, with_a_very_long_word_in_it_" + "x" * 80,
             "A Person With A Remarkably Long Display Name "
             "<long.address.of.somebody@subdomain.of.a.long.domain.example>",
             "ann@example.com", "Short text.\n"),
        text("<b>Markup</b> & \"quotes\" <script>alert(1)</script>",
             '"><img src=x onerror=alert(1)> <x@example.com>',
             "ann@example.com", "<script>alert(2)</script>\n"),
        text("", "noreply@example.com", "ann@example.com", "No subject.\n"),
    ]


def file_alone():
    message = text("A scan", "scanner@example.com", "ann@example.com", "")
    message.set_content(b"%PDF-1.4\n%%EOF\n" * 9, "application", "pdf",
                        filename="scan.pdf")
    return message


def to_many(count):
    return text("To %d people" % count, "Ann <ann@example.com>", ", ".join(
        "Person %d <person%d@example.com>" % (i, i) for i in range(count)),
        "All of you.\n")


def newsletters():
    """What a list says of leaving it: as it should be, and not."""
    return [text("News", "news@example.com", "ann@example.com", "News.\n",
                 List_Unsubscribe="<https://example.com/leave?u=1&v=2>, "
                 "<mailto:leave@example.com>",
                 List_Unsubscribe_Post="List-Unsubscribe=One-Click"),
            text("News", "news@example.com", "ann@example.com", "News.\n",
                 List_Unsubscribe="https://example.com/leave")]


SUBJECTS = ["Reset your password", "Your sign-in code is 482 913",
            "Invoice 2026-%04d", "Welcome to Acme", "Build %d failed",
            "Build %d passed", "New comment on your post",
            "Weekly digest", "Your order #%d has been sent",
            "Payment received, thank you", "Server load is high on web-%d",
            "\u3054\u6ce8\u6587\u3042\u308a\u304c\u3068\u3046\u3054\u3056"
            "\u3044\u307e\u3059", "Backup finished"]
SENDERS = ["Acme <no-reply@acme.example>", "CI <ci@build.example>",
           "Shop <orders@shop.example>", "Billing <billing@acme.example>",
           "monitoring@example.net", "Ann Lee <ann@example.com>"]
TAGS = ["orders", "ci", "billing", "", "", "staging", "eu west", ""]


def many(count, seed=7):
    chance = random.Random(seed)
    for i in range(count):
        subject = chance.choice(SUBJECTS)
        if "%" in subject:
            subject %= chance.randrange(10, 9999)
        message = text(subject, chance.choice(SENDERS),
                       "user%d@example.com" % chance.randrange(50),
                       "Hello,\n\nthis is message %d of many. It says what "
                       "messages of this kind say.\n" % i)
        tag = chance.choice(TAGS)
        if tag:
            message["X-Tags"] = tag
        if chance.random() < .15:
            message.add_attachment(b"x" * chance.randrange(99, 99999),
                                   "application", "octet-stream",
                                   filename="data.bin")
        yield message


_count = 0


def make(maildir):
    """An empty Maildir with all its folders, for one user."""
    for folder in ("", "tmp", "new", "cur", "mailpit", "mailpit/trash",
                   "mailpit/findings", "mailpit/tags"):
        (maildir / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        (maildir / folder).chmod(0o700)


def xtext(text):
    """RFC 3461; in a comment brackets are encoded, too."""
    return "".join(chr(c) if 32 < c < 127 and chr(c) not in "+=()\\" else
                   "+%02X" % c for c in text.encode())


def put(maildir, message, when=None, seen=False, sender="app@example.com",
        recipients=("ann@example.com",), findings="", user=""):
    """Stores it as the program does; returns its ID."""
    global _count
    _count += 1
    when = time.time() if when is None else when
    if not isinstance(message, bytes):
        if "Date" not in message:
            message["Date"] = format_datetime(
                datetime.fromtimestamp(int(when), timezone.utc))
        if "Message-ID" not in message:
            message["Message-ID"] = "<%d.%d@example.com>" % (when, _count)
        message = message.as_bytes()
    name = random.choice(DIGITS[:8]) + "".join(random.choices(DIGITS, k=21))
    block = "Return-Path: <%s>\n%sReceived: from client ([192.0.2.1])\n" \
        "%s\tby mail.example.org (Mailpit) with ESMTP\n\tid %s; %s\n" % (
            sender, "".join("Delivered-To: %s\n" % r for r in recipients),
            "\t(auth=%s)\n" % xtext(user) if user else "",
            name, datetime.fromtimestamp(int(when), timezone.utc).strftime(
                "%a, %-d %b %Y %H:%M:%S +0000"))
    octets = block.encode() + message.replace(b"\r\n", b"\n")
    if findings:
        place = maildir / "mailpit" / "findings" / name
        place.write_text(findings)
        place.chmod(0o600)
    file = "%d.M%06dP%dQ%dR%s.host,S=%d,W=%d" % (
        when, when % 1 * 1000000, 99, _count, name, len(octets),
        len(octets) + octets.count(b"\n"))
    place = maildir / ("cur" if seen else "new") / \
        (file + (":2,S" if seen else ""))
    temporary = maildir / "tmp" / file
    temporary.write_bytes(octets)
    temporary.chmod(0o600)
    temporary.rename(place)
    return name


def fill(maildir, count):
    """0, few (3 to 7) or many messages over the last weeks; their IDs."""
    make(maildir)
    now = time.time()
    messages = few()[:count]
    ids = [put(maildir, m, now - 40 - i * 1900, seen=i > 2)
           for i, m in enumerate(messages)]
    for i, message in enumerate(many(count - len(messages))):
        ids.append(put(maildir, message, now - 15000 - i * 2300,
                       seen=i % 5 > 0))
    return ids
