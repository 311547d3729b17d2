# SPDX-License-Identifier: MIT
"""mimes: a corpus of messages, for whatever reads MIME

corpus() gives Mime objects: a name, the octets as they lie in the store (LF),
and what is known of them. python says why Python's email package is no judge
of a message ("" where it is).
"""

import base64
import dataclasses
import quopri


@dataclasses.dataclass
class Mime:
    name: str
    octets: bytes
    text: str = None  # the text of the only part, line ends as LF
    subject: str = None
    names: list = None  # file names of the parts, in order
    python: str = ""


GREEK, RUSSIAN = "Καλημέρα κόσμε", "Съешь ещё этих мягких булок"
HEBREW, ARABIC, THAI = "שלום עולם", "مرحبا بالعالم", "สวัสดีชาวโลก"
WESTERN, CENTRAL = "Grüße à Zoë – “naïve” €", "Příliš žluťoučký kůň"
JAPANESE, CHINESE = "こんにちは世界、元気ですか", "你好，世界。今天天气很好"
TRADITIONAL, KOREAN = "你好，世界。今天天氣很好", "안녕하세요 세계"
LATIN1 = "Grüße à Zoë, ça va très bien"

# Label, Python's codec, text.
CHARSETS = [
    ("utf-8", "utf-8", WESTERN + JAPANESE + "😀"),
    ("UTF8", "utf-8", GREEK),
    ("iso-8859-1", "latin-1", LATIN1),
    ("latin1", "latin-1", LATIN1),
    ("iso-8859-2", "iso8859-2", CENTRAL),
    ("iso-8859-3", "iso8859-3", "Ĉu vi parolas Esperanton? Ĝis"),
    ("iso-8859-4", "iso8859-4", "Rīgā ēd ābolus"),
    ("iso-8859-5", "iso8859-5", RUSSIAN),
    ("iso-8859-6", "iso8859-6", ARABIC),
    ("iso-8859-7", "iso8859-7", GREEK),
    ("iso-8859-8", "iso8859-8", HEBREW),
    ("iso-8859-8-i", "iso8859-8", HEBREW),
    ("iso-8859-9", "iso8859-9", "Günaydın dünya, şişe ığdır"),
    ("iso-8859-10", "iso8859-10", "Sámegiella čáppa"),
    ("iso-8859-13", "iso8859-13", "Ąžuolas šviečia"),
    ("iso-8859-14", "iso8859-14", "Ŵyneb ŷd"),
    ("iso-8859-15", "iso8859-15", "Œuvre à 5 €"),
    ("iso-8859-16", "iso8859-16", "Țară și școală"),
    ("windows-1250", "cp1250", CENTRAL),
    ("windows-1251", "cp1251", RUSSIAN),
    ("windows-1252", "cp1252", WESTERN),
    ("windows-1253", "cp1253", GREEK),
    ("windows-1254", "cp1254", "Günaydın, şişe ığdır"),
    ("windows-1255", "cp1255", HEBREW),
    ("windows-1256", "cp1256", ARABIC),
    ("windows-1257", "cp1257", "Ąžuolas šviečia"),
    ("koi8-r", "koi8-r", RUSSIAN),
    ("koi8-u", "koi8-u", "Їжак і ґава"),
    ("ibm437", "cp437", "Käse für Ägypten"),
    ("ibm850", "cp850", "Käse für Ägypten"),
    ("ibm852", "cp852", CENTRAL),
    ("ibm866", "cp866", RUSSIAN),
    ("macintosh", "mac-roman", LATIN1),
    ("tis-620", "tis-620", THAI),
    ("iso-2022-jp", "iso2022_jp", JAPANESE),
    ("euc-jp", "euc_jp", JAPANESE),
    ("shift_jis", "cp932", JAPANESE),
    ("windows-31j", "cp932", JAPANESE),
    ("iso-2022-kr", "iso2022_kr", KOREAN),
    ("euc-kr", "euc_kr", KOREAN),
    ("ks_c_5601-1987", "cp949", KOREAN),
    ("gb2312", "gb2312", CHINESE),
    ("gbk", "gbk", CHINESE),
    ("gb18030", "gb18030", CHINESE + "😀"),
    ("big5", "big5", TRADITIONAL),
    ("utf-7", "utf-7", LATIN1 + JAPANESE),
    ("utf-16", "utf-16", LATIN1 + "😀"),
    ("utf-16be", "utf-16-be", LATIN1 + "😀"),
    ("utf-16le", "utf-16-le", LATIN1 + "😀"),
    ("utf-32be", "utf-32-be", LATIN1 + "😀"),
]


def part(body, ctype=None, encoding=None, **fields):
    """One part: header, empty line, body; underscores are dashes."""
    head = b""
    if ctype is not None:
        head += b"Content-Type: " + octets(ctype) + b"\n"
    if encoding is not None:
        head += b"Content-Transfer-Encoding: " + octets(encoding) + b"\n"
    for name, value in fields.items():
        head += octets(name.replace("_", "-")) + b": " + octets(value) + b"\n"
    return head + b"\n" + octets(body)


def octets(s):
    return s.encode() if isinstance(s, str) else s


def multi(parts, kind="mixed", boundary="=_b", end=True, preamble="",
          epilogue="", **fields):
    body = octets(preamble)
    for p in parts:
        body += b"--" + octets(boundary) + b"\n" + p + b"\n"
    if end:
        body += b"--" + octets(boundary) + b"--\n" + octets(epilogue)
    return part(body, 'multipart/%s; boundary="%s"' % (kind, boundary),
                **fields)


def b64(data):
    return base64.encodebytes(data)


def charsets():
    for label, codec, text in CHARSETS:
        body = (text + "\nsecond line\n")
        # Charsets with NUL octets, or their own line ends, need base64.
        wide = label.startswith(("utf-16", "utf-32"))
        coded = body.replace("\n", "\r\n").encode(codec)
        yield Mime("base64 " + label, part(
            b64(coded), "text/plain; charset=" + label, "base64"), text=body)
        if not wide:
            yield Mime("quoted " + label, part(
                quopri.encodestring(body.encode(codec)),
                "text/plain; charset=\"%s\"" % label.upper(),
                "quoted-printable"), text=body)
        word = "=?%s?b?%s?=" % (label, base64.b64encode(
            text.encode(codec)).decode())
        yield Mime("subject " + label, part(
            "x", Subject="a %s b" % word), subject="a %s b" % text)


def labels():
    """What is said of the octets, and what they are."""
    rows = [
        ("no label, UTF-8", None, GREEK.encode(), GREEK),
        ("no label, windows-1252", None, LATIN1.encode("cp1252"), LATIN1),
        ("ASCII, UTF-8", "us-ascii", GREEK.encode(), GREEK),
        ("ASCII, windows-1252", "us-ascii", LATIN1.encode("cp1252"), LATIN1),
        ("UTF-8, windows-1252", "utf-8", LATIN1.encode("cp1252"), LATIN1),
        ("EUC-JP, UTF-8", "euc-jp", "€uro".encode(), "€uro"),
        ("unknown, UTF-8", "x-unknown", GREEK.encode(), GREEK),
        ("unknown, windows-1252", "x-unknown", LATIN1.encode("cp1252"),
         LATIN1),
        ("a path", "/etc/passwd", GREEK.encode(), GREEK),
        ("a path upwards", "../../gconv/x", GREEK.encode(), GREEK),
        ("a conversion", "utf-8//TRANSLIT", GREEK.encode(), GREEK),
        ("of the C library alone", "INTERNAL", GREEK.encode(), GREEK),
        ("not in the list", "ISO-2022-CN-EXT", b"plain", "plain"),
        ("empty", '""', GREEK.encode(), GREEK),
        ("very long", "x" * 5000, GREEK.encode(), GREEK),
        ("with a NUL", b"utf\0-8", GREEK.encode(), GREEK),
    ]
    for name, label, body, text in rows:
        ctype = b"text/plain"
        if label is not None:
            ctype += b"; charset=" + octets(label)
        yield Mime("label: " + name, part(body, ctype, "8bit"), text=text,
                   python="it follows the label, or knows another charset")


def encodings():
    all_octets = bytes(range(256)) * 5
    yield Mime("base64, all octets",
               part(b64(all_octets), "a/b", "base64"))
    yield Mime("quoted, all octets", part(
        quopri.encodestring(all_octets), "a/b", "quoted-printable"),
        python="a CR that stands alone ends its line")
    yield Mime("base64 in one line", part(
        base64.b64encode(all_octets), "a/b", "base64"))
    yield Mime("base64, one character a line", part(
        b"\n".join(bytes([c]) for c in base64.b64encode(b"hello world")),
        "a/b", "Base64"))
    yield Mime("base64, no padding", part("YWI", "a/b", "base64"))
    yield Mime("base64, blanks inside", part("Y W\t J j\n", "a/b", "base64"))
    yield Mime("base64, junk inside", part("Y!W#J\x01j\n", "a/b", "base64"))
    yield Mime("base64, padding inside", part(
        "YQ==\nYg==\n", "a/b", "base64"), python="it stops at padding")
    yield Mime("base64, nothing", part("", "a/b", "base64"))
    yield Mime("base64, none at all", part("\xff\xfe", "a/b", "base64"))
    yield Mime("quoted, soft ends", part(
        "a=\nb=20=\n\nc", "text/plain", "quoted-printable"))
    yield Mime("quoted, blanks at ends", part(
        "a \t\nb=20\nc", "text/plain", "quoted-printable"),
        text="a\nb \nc", python="it keeps blanks at ends of lines")
    yield Mime("quoted, lower case", part(
        "=c3=bc", "text/plain; charset=utf-8", "quoted-printable"), text="ü")
    yield Mime("quoted, badly", part(
        "a=zz=4=\nb=", "text/plain", "quoted-printable"),
        python="it reads what is malformed in its own way")
    yield Mime("uuencode", part(
        "begin 644 x\n#86)C\n`\nend\n", "a/b", "x-uuencode"))
    yield Mime("uuencode without begin", part("#86)C\n", "a/b", "x-uuencode"))
    yield Mime("binary", part(b"a\n\0\xff\nb", "a/b", "binary"))
    yield Mime("7bit with 8-bit", part("ü\n", "text/plain", "7bit"),
               text="ü\n", python="it follows the label")
    yield Mime("unknown encoding", part("a=3D\n", "text/plain", "x-y"))
    yield Mime("encoding with a comment", part(
        "YWJj", "a/b", "base64 (really)"),
        python="it does not know comments there")
    yield Mime("encoded multipart", multi(
        [part("x")], Content_Transfer_Encoding="base64"))


def structures():
    text, html = part("text\n"), part("<p>html</p>\n", "text/html")
    png = part(b64(b"\x89PNG\r\n\x1a\n"), "image/png; name=i.png", "base64",
               Content_ID="<i@x>", Content_Disposition="inline")
    pdf = part(b64(b"%PDF"), "application/pdf", "base64",
               Content_Disposition="attachment; filename=\"d 1.pdf\"")
    inner = part("inner text\n", Subject="inner")
    alternative = multi([text, html], "alternative", "=_a")
    related = multi([alternative, png], "related", "=_r")
    yield Mime("alternative", alternative)
    yield Mime("related", related)
    yield Mime("mixed of all", multi([related, pdf, part(
        inner, "message/rfc822"), part("BEGIN:VCALENDAR\n", "text/calendar"),
        part("x", "application/octet-stream")]))
    yield Mime("preamble and epilogue", multi(
        [text], preamble="This is MIME.\n", epilogue="The end.\n"))
    yield Mime("no end", multi([text, html], end=False),
               python="it drops the last line end")
    yield Mime("no inner end", multi([multi(
        [text, html], "alternative", "=_a", end=False), pdf]))
    yield Mime("empty parts", multi([b"", b"\n", text]))
    yield Mime("one empty part", multi([b""]))
    yield Mime("no parts", multi([]),
               python="it makes a text of the end line")
    yield Mime("signed", multi([text, part(
        "sig", "application/pgp-signature; name=signature.asc")], "signed"))
    yield Mime("encrypted", multi([part(
        "Version: 1\n", "application/pgp-encrypted"), part(
        "x", "application/octet-stream")], "encrypted"))
    yield Mime("sealed", part(
        b64(b"\x30\x80"), "application/pkcs7-mime; name=smime.p7m",
        "base64"))
    yield Mime("report", multi([text, part(
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.c\n",
        "message/delivery-status"), part(
        "Subject: x\n", "text/rfc822-headers")], "report"),
        python="it opens the fields of a delivery status")
    yield Mime("digest", multi([b"\n" + inner, b"\n" + inner], "digest"))
    yield Mime("message in message", part(
        part(inner, "message/rfc822"), "message/rfc822"))
    yield Mime("encoded message", part(
        b64(inner), "message/rfc822", "base64"),
        python="it reads it as if it were not encoded")
    yield Mime("flowed", part(
        "This is \nflowed \ntext.\n> quoted \n-- \nsig\n",
        "text/plain; format=flowed; delsp=yes"))
    yield Mime("boundary in blanks", multi([text], boundary="a b c"))
    yield Mime("boundary with signs", multi(
        [text, html], boundary="=_(a)'+_,-./:=?"))
    yield Mime("boundary, long", multi([text], boundary="x" * 300))
    yield Mime("boundary, one inside the other", multi([multi(
        [text, text], "mixed", "=_b1"), text]))
    yield Mime("boundary, the same twice", multi([multi([text]), html]),
               python="it looks for the inner one first")
    yield Mime("boundary missing", part(
        "--x\n\ntext\n--x--\n", "multipart/mixed"))
    yield Mime("boundary never comes", part(
        "only text\n", "multipart/mixed; boundary=x"))
    yield Mime("boundary without quotes", part(
        b"--=_x\n" + text + b"\n--=_x--\n", "multipart/mixed; boundary==_x"))
    yield Mime("boundary, blanks behind", part(
        b"--x \t\n" + text + b"\n--x--  \n", "multipart/mixed; boundary=x"))
    yield Mime("boundary like a field", part(
        b"--a:b\n--a:b\n" + text + b"\n--a:b--\n",
        'multipart/mixed; boundary="a:b"'), python="it skips an empty part")
    yield Mime("dashes in the text", multi([part("--\n---\n--x\n-- \n")]))
    yield Mime("ten deep", deep(10))
    yield Mime("fifty parts", multi([part("%d\n" % i) for i in range(50)]))
    for name in ("text", "text/", "/plain", "", ";", "a b/c", "text/plain/x",
                 "<b>/x", "x" * 300 + "/y"):
        yield Mime("type " + (name[:12] or "none"), part("x\n", name),
                   text="x\n")


def deep(levels):
    m = part("bottom\n")
    for i in range(levels):
        m = multi([m], "mixed", "=_%d_" % i)
    return m


def names():
    rows = [
        ('attachment; filename=plain.txt', "plain.txt"),
        ('attachment; filename="two words.txt"', "two words.txt"),
        ('attachment; filename=two words.txt', "two words.txt"),
        ('attachment; filename="a\\"b.txt"', 'a"b.txt'),
        ("attachment; filename*=utf-8''%e2%82%ac%20rates.txt", "€ rates.txt"),
        ("attachment; filename*=iso-8859-1'en'%a3%20rates", "£ rates"),
        ("attachment; filename*0=\"a b\"; filename*1=c.txt", "a bc.txt"),
        ("attachment; filename*0*=utf-8''%e2%82; filename*1*=%ac;"
         " filename*2=.txt", "€.txt"),
        ('attachment; filename="=?utf-8?q?=C3=BC.txt?="', "ü.txt"),
        ('attachment; filename="=?utf-8?b?w7w=?= =?utf-8?b?LnR4dA==?="',
         "ü.txt"),
        ('attachment; filename="../../etc/passwd"', "../../etc/passwd"),
        ('attachment; filename="ü.txt"', "ü.txt"),
        ('attachment; filename="open', "open"),
        ('attachment;\n filename="folded\n name.txt"', "folded name.txt"),
        ('attachment; filename=(c)x.txt', "x.txt"),
        ('attachment; filename=report(1).pdf', "report(1).pdf"),
        ('attachment; filename*=x-unknown\'\'%fc', "ü"),
        ('attachment', ""),
        ('ATTACHMENT; FILENAME=X', "X"),
    ]
    for value, name in rows:
        yield Mime("name %s" % value[:50], part(
            "x", "a/b", Content_Disposition=value), names=[name])
    yield Mime("name of the type", part("x", "a/b; name=n.txt"),
               names=["n.txt"])


def hostile():
    yield Mime("nothing", b"")
    for octet in b"\n\r\0 :a-\xff":
        yield Mime("one octet %d" % octet, bytes([octet]),
                   python="it drops a colon, and knows no 8-bit text"
                   if octet in b":\xff" else "")
    yield Mime("only line ends", b"\n" * 50)
    yield Mime("no header", b"just text\nand more\n", text="just text\n"
               "and more\n")
    yield Mime("no body", b"Subject: x\n", subject="x")
    yield Mime("no empty line", b"Subject: x\nhello there\n",
               text="hello there\n", subject="x")
    yield Mime("NULs in the header", b"Subject: a\0b\nX\0Y: z\n\nbody",
               subject="a b", python="it ends the header elsewhere")
    yield Mime("NULs in the body", part(b"a\0b\n", "text/plain"),
               text="a\0b\n")
    yield Mime("mixed line ends", b"Subject: x\r\nTo: a@b.c\n\r\na\r\nb\nc",
               text="a\nb\nc", subject="x")
    yield Mime("CR alone in the body", part(b"a\rb\n"),
               python="it takes CR for a line end")
    yield Mime("parts with CRLF", multi(
        [part("x\n"), part("y\n")]).replace(b"\n", b"\r\n"))
    yield Mime("folds of blanks", b"Subject: a\n \n b\n\nx", subject="a b",
               python="it does not fold on a blank line")
    yield Mime("a long line", part("x" * 200000, "text/plain"))
    yield Mime("a long subject", part("x", Subject="y" * 100000),
               subject="y" * 100000)
    yield Mime("subject over lines", b"Subject: a\n b\n\tc\n\nx",
               subject="a b c")
    yield Mime("subject with escapes", part(
        "x", Subject="=?utf-8?q?a=0D=0ABcc:_b=00?="), subject="a  Bcc: b ")
    yield Mime("subject cut inside a character", part(
        "x", Subject="=?utf-8?b?w7w=?= =?utf-8?q?=C3?= =?utf-8?q?=BC?="),
        subject="üü")
    yield Mime("subject without an end", part(
        "x", Subject="=?utf-8?q?abc"), subject="=?utf-8?q?abc")
    yield Mime("subject of raw UTF-8", part("x", Subject="ü€"), subject="ü€")
    yield Mime("subject of raw windows-1252", part(
        "x", Subject=b"\xfc\x80"), subject="ü€")
    yield Mime("addresses that never close", part("x", To="a@b.c (" * 500))
    yield Mime("many words", part("x", Subject=" ".join(
        ["=?utf-8?q?=C3?=", "=?utf-8?q?=BC?="] * 500)), subject="ü" * 500)
    yield Mime("many parameters", part(
        "x", "text/plain; " + "a=b; " * 2000 + "charset=utf-8"), text="x")
    yield Mime("two types", b"Content-Type: text/plain\nContent-Type: a/b\n\n"
               b"x", text="x")
    yield Mime("deeper than the limit", deep(150),
               python="it has no limit of 100")
    yield Mime("html that never ends", part(
        "<div>" * 2000 + "<a href=\"x", "text/html"))
    yield Mime("html with everything", part(
        "<html><head><title>t</title></head><body><h1>ü</h1><p>a<br>b"
        "<script>x</script><!-- c --><img src='cid:x'><table><tr><td>1"
        "<td>2</table>&amp;&uuml;&#x20ac;", "text/html; charset=utf-8"))
    yield Mime("mailbox line", b"From a@b.c Mon Nov 23 10:00:00 2026\n"
               b"Subject: x\n\ny", subject="x", text="y")


def corpus():
    for group in (charsets, labels, encodings, structures, names, hostile):
        yield from group()


def rich():
    """One message with some of everything, to be cut anywhere."""
    return part(b"", Subject="=?utf-8?b?w7w=?= x", From="=?utf-8?q?=C3=BC?= "
                "<a@b.c>", To="G: a@b.c, \"x, y\" <d@e.f>;").rstrip(
                    b"\n") + b"\n" + multi([multi([part(
                        "=C3=BC a=\nb\n", "text/plain; charset=utf-8",
                        "quoted-printable"), part(
                        "<p>ü <img src=\"cid:i@x\">", "text/html")],
                        "alternative", "=_a"), part(
                    b64(bytes(range(60))), "image/png; name*=utf-8''%c3%bc",
                    "base64", Content_ID="<i@x>"), part(
                        part("inner\n", Subject="i"), "message/rfc822")])
