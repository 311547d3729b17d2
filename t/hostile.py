# SPDX-License-Identifier: MIT
"""hostile: mail that wants to run a script, or to be noticed when it is read

CODE is what a script would do: it makes itself known in every way there is.
In the texts %CODE% stands for it, and %HTTP% and %HTTPS% for the places of
somebody else. pages() and values() give forms; live says that Chromium runs
the form, or fetches something for it, where nobody keeps it from that.
"""

import base64
import dataclasses
import re

CODE = "window.canary=1;console.log('canary');new Image().src=" \
    "'%HTTP%/ran';alert(1)"


@dataclasses.dataclass
class Form:
    name: str
    text: str  # HTML, or a value
    live: bool = True
    click: bool = False  # it waits for somebody to click


# Name, HTML; a name that ends in "?" is of a browser of old, or no threat to
# a document that stands alone, and one that begins with ">" is to be clicked.
PAGES = [
    ("script", "<script>%CODE%</script>"),
    ("script from elsewhere", "<script src=%HTTP%/script.js></script>"),
    ("script, a module", "<script type=module>%CODE%</script>"),
    ("script in upper case, slash", "<SCRIPT/x>%CODE%</SCRIPT/y>"),
    ("script behind a comment", "<!--><script>%CODE%</script>-->"),
    ("script in CDATA?", "<![CDATA[<script>%CODE%</script>]]>"),
    ("script in XML", '<?xml version="1.0"?><html xmlns="http://www.w3.org/'
     '1999/xhtml"><script>%CODE%</script></html>'),
    ("script with a NUL?", "<scr\0ipt>%CODE%</scr\0ipt>"),
    ("script behind a title", "<title></title><script>%CODE%</script>"),
    ("script in a text area", "<textarea></textarea><script>%CODE%</script>"),
    ("script in a template?", "<template><script>%CODE%</script></template>"),
    ("script in a shadow", "<div><template shadowrootmode=open><img src=x:y "
     'onerror="%CODE%"></template></div>'),
    ("script of rules?", '<script type=speculationrules>{"prefetch":[{"urls":'
     '["%HTTP%/seen"],"eagerness":"immediate"}]}</script>'),
    ("image fails", '<img src=x:y onerror="%CODE%">'),
    ("image with slashes", "<img/src='x:y'/onerror=\"%CODE%\"/>"),
    ("image never ended", '<p><img src=x:y onerror="%CODE%" <p>'),
    ("image with entities", "<img src=x:y onerror=\"&#119;indow.canary=1;"
     'console.log(&quot;canary&quot;)">'),
    ("svg loads", '<svg onload="%CODE%">'),
    ("svg loads, slash", '<svg/onload="%CODE%">'),
    ("svg script", "<svg><script>%CODE%</script></svg>"),
    ("svg animates", '<svg><animate attributeName=x dur=1s onbegin="%CODE%">'
     "</svg>"),
    ("body loads", '<body onload="%CODE%">'),
    ("style loads", '<style onload="%CODE%"></style>'),
    ("details toggle", '<details open ontoggle="%CODE%"><summary>x</summary>'
     "</details>"),
    ("input takes the focus", '<input autofocus onfocus="%CODE%">'),
    ("anything takes the focus",
     '<p tabindex=0 autofocus onfocus="%CODE%">x</p>'),
    ("video fails", '<video><source src=x:y onerror="%CODE%"></video>'),
    ("audio fails", '<audio src=x:y onerror="%CODE%"></audio>'),
    ("marquee starts?", '<marquee onstart="%CODE%">x</marquee>'),
    ("animation starts", "<style>@keyframes k{}</style>"
     '<p style="animation-name:k" onanimationstart="%CODE%">x'),
    ("transition?", '<p style="transition:color 1ms" '
     'ontransitionend="%CODE%">x'),
    ("comes into view", '<p style="content-visibility:auto" '
     'oncontentvisibilityautostatechange="%CODE%">x'),
    ("page shows", '<body onpageshow="%CODE%">'),
    ("frame of a text",
     "<iframe srcdoc=\"&lt;script>%CODE%&lt;/script>\"></iframe>"),
    ("frame of a script", '<iframe src="javascript:%CODE%"></iframe>'),
    ("frame of data", "<iframe src=\"data:text/html,<script>%CODE%</script>"
     '"></iframe>'),
    ("frame with rights of its own", "<iframe sandbox='allow-scripts "
     "allow-same-origin allow-top-navigation' srcdoc=\"&lt;script>%CODE%"
     '&lt;/script>"></iframe>'),
    ("frames", '<frameset onload="%CODE%"><frame></frameset>'),
    ("object of data", "<object data=\"data:text/html,<script>%CODE%</script>"
     '"></object>'),
    ("object of a script?", '<object data="javascript:%CODE%"></object>'),
    ("embedded svg?", "<embed type=image/svg+xml src=\"data:image/svg+xml,"
     "<svg xmlns='http://www.w3.org/2000/svg' onload=console.log(1) "
     '/>">'),
    ("noscript", '<noscript><p title="</noscript><img src=x:y '
     "onerror='console.log(1)'>\"></noscript>"),
    ("markup that changes", "<math><mtext><table><mglyph><style><!--</style>"
     "<img title=\"--&gt;&lt;img src=x:y onerror=console.log(1)&gt;\">"
     '<img src=x:y onerror="%CODE%">'),
    ("markup in foreign markup", "<svg><style><img src=x:y "
     'onerror="%CODE%"></style></svg>'),
    ("expression of a style?", '<p style="width:expression(%CODE%)">x'),
    ("binding of a style?", "<style>p{-moz-binding:url(%HTTP%/x.xml#x);"
     "behavior:url(%HTTP%/x.htc)}</style><p>x"),
    ("named like ours?", "<form name=canary><input name=mp id=mp></form>"),
    ("another alphabet?", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
    ("a policy of its own", "<meta http-equiv=Content-Security-Policy "
     "content=\"script-src * 'unsafe-inline'\"><script>%CODE%</script>"),
    ("a base", "<base href=%HTTP%/><script src=script.js></script>"),
    ("a base for links?", "<base target=_top href=%HTTP%/>"
     "<a href=/seen>x</a>"),
    ("goes on by itself", '<meta http-equiv=refresh content="0;url=%HTTP%/'
     'seen">'),
    ("goes on to a script?", '<meta http-equiv=refresh content="0;url='
     'javascript:%CODE%">'),
    ("goes on to data?", '<meta http-equiv=refresh content="0;url=data:'
     'text/html,<script>%CODE%</script>">'),
    ("sets a cookie?", '<meta http-equiv=set-cookie content="canary=1">'),
    (">link to a script", '<a href="javascript:%CODE%">x</a>'),
    (">link, the whole window", '<a target=_top href="javascript:%CODE%">x'),
    (">link, the window around?", '<a target=_parent href="javascript:%CODE%"'
     ">x</a>"),
    (">link, a new window?", '<a target=_blank rel=opener href="javascript:'
     '%CODE%">x</a>'),
    (">link with entities", '<a href="&#106;avascript&colon;%CODE%">x</a>'),
    (">link with a tab", '<a href="java\tscript:%CODE%">x</a>'),
    (">link behind a control", '<a href="\x01javascript:%CODE%">x</a>'),
    (">link in mixed case", '<A HREF="JaVaScRiPt:%CODE%">x</A>'),
    (">link to data?", '<a href="data:text/html,<script>%CODE%</script>">x'),
    (">link of old?", '<a href="vbscript:MsgBox(1)">x</a>'),
    (">link that tells?", '<a href="#x" ping="%HTTP%/ran">x</a>'),
    (">link in svg", '<svg width=99 height=99><a xlink:href="javascript:'
     '%CODE%"><text y=20>xxxx</text></a></svg>'),
    (">link set in svg", '<svg width=99 height=99><a><set attributeName=href '
     'to="javascript:%CODE%"/><text y=20>xxxx</text></a></svg>'),
    (">area of a map", '<img usemap=#m width=99 height=99 alt=x><map name=m>'
     '<area coords=0,0,99,99 href="javascript:%CODE%"></map>'),
    (">form", '<form action="javascript:%CODE%"><button>x</button></form>'),
    (">form, its button", "<form id=f></form><button form=f "
     'formaction="javascript:%CODE%">x</button>'),
    (">form to elsewhere", "<form action=%HTTP%/ran method=post>"
     "<button>x</button></form>"),
    (">form to ours", '<form action="/api/v1/send" method=post enctype='
     'text/plain onsubmit="%CODE%"><button>x</button></form>'),
    (">button", '<button onclick="%CODE%">x</button>'),
    ("script never ended?", "<script>%CODE%"),
]

# What is fetched as soon as it is looked at. Behind a click, those of kind
# image and style may be, by https.
REMOTE = [
    ("image", "<img src=@/seen.gif>"),
    ("image of many", '<img srcset="@/seen.gif 1x">'),
    ("image in a picture",
     "<picture><source srcset=@/seen.gif><img></picture>"),
    ("image of an input", "<input type=image src=@/seen.gif>"),
    ("image behind a table", "<table background=@/seen.gif><tr><td>x</table>"),
    ("image of a video", "<video poster=@/seen.gif></video>"),
    ("image in svg", "<svg><image href=@/seen.gif /></svg>"),
    ("image in svg, as of old", "<svg><image xlink:href=@/seen.gif /></svg>"),
    ("image in svg, set", "<svg><image><set attributeName=href "
     "to=@/seen.gif /></image></svg>"),
    ("image in svg, HTML in it", "<svg><foreignObject><body><img "
     "src=@/seen.gif></foreignObject></svg>"),
    ("image behind a base", "<base href=@/><img src=/seen.gif>"),
    ("image behind a cell", "<table><tr><td background=@/seen.gif>x</table>"),
    ("image as a filter", '<svg width=9 height=9><filter id=f><feImage href='
     "@/seen.gif /></filter><rect width=9 height=9 filter=url(#f) /></svg>"),
    ("style of an element", '<p style="background:url(@/seen.gif)">x'),
    ("style of a list", "<ul><li style=\"list-style-image:url('@/seen.gif')"
     '">x</ul>'),
    ("style with content", "<style>p:before{content:url(@/seen.gif)}</style>"
     "<p>x"),
    ("style with escapes", "<style>p{background:\\75rl(@/seen.gif)}</style>"
     "<p>x"),
    ("style with a set",
     "<p style=\"background:image-set('@/seen.gif' 1x)\">x"),
    ("style with a set, as of old", '<p style="background:-webkit-image-set('
     'url(@/seen.gif) 1x)">x'),
    ("style with a property", "<style>:root{--u:url(@/seen.gif)}p{background:"
     "var(--u)}</style><p>x"),
    ("style of a cursor", "<style>p{cursor:url(@/seen.gif),auto}</style><p>x"),
    ("style of a border", "<p style='border:9px solid;border-image:"
     "url(@/seen.gif) 1'>x"),
    ("style of a mask", "<p style='-webkit-mask-image:url(@/seen.gif)'>x"),
    ("style of a mark", "<style>li::marker{content:url(@/seen.gif)}</style>"
     "<ul><li>x</ul>"),
    ("style imported", "<style>@import '@/seen.css';</style>"),
    ("style imported, in svg", "<svg><style>@import '@/seen.css';</style>"
     "</svg>"),
    ("style imported, in a layer", "<style>@import url(@/seen.css) layer(a) "
     "supports(display:grid);</style>"),
    ("style linked", "<link rel=stylesheet href=@/seen.css>"),
    ("style linked, as another", "<link rel='alternate stylesheet' title=x "
     "href=@/seen.css>"),
    ("style linked, in a shadow", "<div><template shadowrootmode=open><link "
     "rel=stylesheet href=@/seen.css></template></div>"),
    ("font", "<style>@font-face{font-family:f;src:url(@/seen.woff)}p{"
     "font-family:f}</style><p>x"),
    ("frame", "<iframe src=@/seen.html></iframe>"),
    ("object", "<object data=@/seen.html></object>"),
    ("embedded", "<embed src=@/seen.html>"),
    ("video", "<video src=@/seen.mp4 autoplay></video>"),
    ("audio", "<audio src=@/seen.ogg autoplay></audio>"),
    ("track?", "<video><track default src=@/seen.vtt></video>"),
    ("svg used?", "<svg><use href=@/seen.svg#x /></svg>"),
    ("preload", "<link rel=preload as=image href=@/seen.gif>"),
    ("preload of many", "<link rel=preload as=image imagesrcset='@/seen.gif "
     "1x'>"),
    ("preload of a module", "<link rel=modulepreload href=@/seen.js>"),
    ("prefetch", "<link rel=prefetch href=@/seen.html>"),
    ("prerender?", "<link rel=prerender href=@/seen.html>"),
    ("preconnect", "<link rel=preconnect href=@/>"),
    ("preconnect in a frame?", "<iframe srcdoc='&lt;link rel=preconnect "
     "href=@/>'></iframe>"),
    ("look-up?", "<meta http-equiv=x-dns-prefetch-control content=on>"
     "<link rel=dns-prefetch href=@/><a href=@/>x</a>"),
    ("icon?", "<link rel=icon href=@/seen.ico>"),
    ("manifest?", "<link rel=manifest href=@/seen.json>"),
]

# What stands in a field, a name, a query: each must stay a text.
VALUES = [
    ("an element", '<img src=x:y onerror="%CODE%">'),
    ("out of an attribute", '"><img src=x:y onerror="%CODE%">'),
    ("out of a quoted attribute", "'><svg onload=\"%CODE%\">"),
    ("a further attribute", '" autofocus tabindex=0 onfocus="%CODE%" x="'),
    ("out of a title", "</title><script>%CODE%</script>"),
    ("out of a text area", "</textarea><script>%CODE%</script>"),
    ("out of a script", "</script><script>%CODE%</script>"),
    ("out of a string", "';%CODE%;//"),
    ("out of a comment", "--!><script>%CODE%</script>"),
    ("out of a style", "</style><svg/onload=\"%CODE%\">"),
    ("out of a template", "</template><img src=x:y onerror=\"%CODE%\">"),
    ("a link", "javascript:%CODE%"),
    ("decoded once too often?", "&lt;script&gt;%CODE%&lt;/script&gt;"),
    ("decoded twice too often?", "%3Cscript%3E%CODE%%3C/script%3E"),
    ("escaped for another language?", "\\u003cscript\\u003e%CODE%"),
    ("of a language of templates?", "{{constructor.constructor('%CODE%')()}}"
     "${%CODE%}<%= 1 %>"),
    ("right to left", "\u202e<svg onload=\"%CODE%\">\u2028"),
]


def joined(forms, count):
    """The texts of some forms at a time."""
    texts = [form.text for form in forms]
    return ["".join(texts[at:at + count])
            for at in range(0, len(texts), count)]


def form(name, text):
    live = not name.endswith("?")
    return Form(name.strip(">?"), text.replace("%CODE%", CODE), live,
                name.startswith(">"))


def pages():
    return [form(*row) for row in PAGES]


def values():
    return [form(*row) for row in VALUES]


def remote(place):
    """The forms of REMOTE, for one place (%HTTP% or %HTTPS%)."""
    # An "@" of CSS has no slash behind it.
    return [form(name, re.sub(r"@(?=/)", place, text))
            for name, text in REMOTE]


def word(text):
    """An encoded word, so that all octets come through."""
    return "=?utf-8?b?%s?=" % base64.b64encode(text.encode()).decode()


def html(text):
    return ("Subject: HTML\nFrom: a@example.com\nMIME-Version: 1.0\n"
            "Content-Type: text/html; charset=utf-8\n"
            "Content-Transfer-Encoding: base64\n\n" +
            base64.encodebytes(text.encode()).decode()).encode()


def inside(octets):
    """A message that the message is attached to."""
    return (b"Subject: around\nFrom: a@example.com\nContent-Type: "
            b"multipart/mixed; boundary=\"=_i\"\n\n--=_i\n\ntext\n"
            b"--=_i\nContent-Type: message/rfc822\n\n" + octets +
            b"\n--=_i--\n")


def everywhere(value):
    """A message with the value wherever something may stand."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    line = "".join(c for c in value if c not in "\u2028")
    inner = ("Subject: %s\nFrom: %s <a@b.c>\nContent-Type: text/html\n\n"
             "<p>%s</p>" % (word(value), word(value), value))
    calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:%s\n" \
        "LOCATION:%s\nDTSTART:20261203T090000Z\nORGANIZER;CN=%s:mailto:%s\n" \
        "ATTENDEE:%s\nDESCRIPTION:%s\nURL:%s\nEND:VEVENT\nEND:VCALENDAR\n" % (
            (line,) * 7)
    types = ["text/plain; charset=\"%s\"" % quoted, "text/%s" % line,
             "%s/x" % line, "image/svg+xml; name=\"%s\"" % quoted,
             "text/html", "text/css", "image/png"]
    parts = ["Content-Type: text/plain; charset=utf-8\n\n%s\nhttp://a.example/"
             "%s\nhttp://%s\n" % (line, line, line),
             "Content-Type: text/calendar; charset=utf-8\n\n" + calendar,
             "Content-Type: message/rfc822\n\n" + inner]
    for kind in types:
        parts.append(
            "Content-Type: %s\nContent-ID: <%s>\nContent-Description: %s\n"
            "Content-Disposition: attachment; filename=\"%s\"\n\n"
            "<svg xmlns='http://www.w3.org/2000/svg'><script>%s</script>"
            "</svg>" % (kind, line, word(value), quoted, CODE))
    fields = "".join("%s: %s\n" % (name, text) for name, text in (
        ("Subject", word(value)), ("From", '"%s" <"%s"@b.c>' % (
            (quoted,) * 2)),
        ("To", '%s <"%s"@e.f>' % (word(value), quoted)),
        ("Cc", '"%s"@b.c' % quoted), ("List-Unsubscribe-Post", line),
        ("Reply-To", line), ("Date", line), ("Message-ID", "<%s>" % line),
        ("X-Tags", line), ("X-" + re.sub(r"[\s:]", "", line), line),
        ("List-Unsubscribe", "<%s>, <https://a.example/%s>" % (line, line)),
        ("Content-Type", 'multipart/mixed; boundary="=_b"')))
    return (fields + "\n" + "".join("--=_b\n%s\n" % p for p in parts) +
            "--=_b--\n").encode()


def embedded():
    """Messages that lead to their own parts."""
    parts = [("text/html", "doc", "<script>%s</script>" % CODE),
             ("image/svg+xml", "svg", "<svg xmlns='http://www.w3.org/2000/svg'"
              " onload=\"%s\"><script>%s</script></svg>" % (CODE, CODE)),
             ("text/css", "css", "@import '%HTTP%/seen';"),
             ("text/javascript", "js", CODE),
             ("application/pdf", "pdf", "%PDF-1.4"),
             ("image/png", 'x" onerror="%s' % CODE, "x"),
             ("image/png", "y'><script>%s</script>" % CODE, "x")]
    rows = ["<iframe src=cid:doc></iframe>", "<iframe src=cid:svg></iframe>",
            "<object data=cid:svg></object>", "<embed src=cid:pdf>",
            "<img src=cid:svg>", "<link rel=stylesheet href=cid:css>",
            "<script src=cid:js></script>", "<img src='cid:x\" onerror=\"%s'>"
            % CODE.replace("'", "&#39;"),
            "<img src=\"cid:y'><script>%s</script>\">" % CODE,
            "<style>@import 'cid:css'; p{background:url(cid:svg)}</style>"]
    for row in rows:
        head = "Subject: embedded\nFrom: a@b.c\nContent-Type: " \
            "multipart/related; boundary=\"=_r\"\n\n--=_r\n" \
            "Content-Type: text/html\n\n<p>x</p>%s\n" % row
        yield (head + "".join(
            "--=_r\nContent-Type: %s\nContent-ID: <%s>\n\n%s\n" % part
            for part in parts) + "--=_r--\n").encode()


def placed(text, http, https):
    """The text, or octets, with the places of somebody else in it."""
    if isinstance(text, bytes):
        return placed(text.decode(), http, https).encode()
    return text.replace("%HTTPS%", https).replace("%HTTP%", http)
