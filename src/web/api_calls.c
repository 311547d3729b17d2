/* SPDX-License-Identifier: MIT */
/* api_calls.c: a page that lists the calls of the API */

#include "web/api.h"

/* As in the OpenAPI document, which a test compares with it. */
static const struct {
	const char *method, *path, *what;
} calls[] = {
    {"GET", "api/v1/info", "What this server is and holds"},
    {"GET", "api/v1/webui", "Settings that pages need"},
    {"GET", "api/v1/chaos", "Chaos triggers (off)"},
    {"PUT", "api/v1/chaos", "Set chaos triggers (off)"},
    {"GET", "api/v1/messages", "The mailbox, newest first"},
    {"PUT", "api/v1/messages", "Mark messages read or unread"},
    {"DELETE", "api/v1/messages", "Delete messages"},
    {"GET", "api/v1/search", "Search, newest first"},
    {"DELETE", "api/v1/search", "Delete what a search finds"},
    {"GET", "api/v1/tags", "All tags in use"},
    {"PUT", "api/v1/tags", "Replace the tags of messages"},
    {"PUT", "api/v1/tags/{Tag}", "Rename a tag"},
    {"DELETE", "api/v1/tags/{Tag}", "Remove a tag from all messages"},
    {"POST", "api/v1/send", "Send a message"},
    {"GET", "api/v1/message/{ID}", "One message; marks it read"},
    {"GET", "api/v1/message/{ID}/headers", "All header fields"},
    {"GET", "api/v1/message/{ID}/raw", "The source"},
    {"GET", "api/v1/message/{ID}/part/{PartID}", "A part, decoded"},
    {"GET", "api/v1/message/{ID}/part/{PartID}/thumb",
	"A picture of 180 by 120 pixels"},
    {"POST", "api/v1/message/{ID}/release", "Release a message (off)"},
    {"GET", "api/v1/message/{ID}/extract",
	"Links and one-time codes in their context"},
    {"GET", "api/v1/message/{ID}/findings", "What was odd about a message"},
    {"GET", "api/v1/swagger.json", "This document"},
    {"GET", "api/v1/", "A page that lists the calls"},
    {"GET", "view/{ID}.html", "The HTML of a message; marks it read"},
    {"GET", "view/{ID}.txt", "The text of a message; marks it read"},
    {"GET", "view/latest", "To the page of the newest message"},
    {"GET", "api/events", "Live events as a websocket"},
    {"GET", "events", "Live events as Server-Sent Events"},
    {"GET", "livez", "Whether the server lives"},
    {"GET", "readyz", "Whether the server can answer"},
};

void
api_calls(struct web *w)
{
	struct out *o = &w->out;

	out_begin(o, 200, "text/html; charset=utf-8", OUT_PAGE);
	out_adds(o, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		    "<meta charset=\"utf-8\"><title>Mailpit API</title>"
		    "<meta name=\"viewport\" content=\"width=device-width\">"
		    "</head><body><h1>Mailpit API</h1><p><a href=\"");
	out_attribute(o, str_of(w->settings.webroot));
	out_adds(o, "api/v1/swagger.json\">OpenAPI 2.0 document</a></p>"
		    "<table><thead><tr><th scope=\"col\">Method</th>"
		    "<th scope=\"col\">Path</th>"
		    "<th scope=\"col\">What it does</th></tr></thead>"
		    "<tbody>\n");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		out_addf(o, "<tr><td>%s</td><td><code>", calls[i].method);
		out_text(o, str_of(w->settings.webroot));
		out_text(o, str_of(calls[i].path));
		out_adds(o, "</code></td><td>");
		out_text(o, str_of(calls[i].what));
		out_adds(o, "</td></tr>\n");
	}
	out_adds(o, "</tbody></table></body></html>\n");
}
