/* SPDX-License-Identifier: MIT */
/* page_icon.c: drawings of ours, lines on a field of 24 by 24 */
#include "web/page.h"

static const char *const icons[ICON_COUNT] = {
    [ICON_MENU] = "M4 7h16M4 12h16M4 17h16",
    [ICON_SEARCH] = "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
    [ICON_INBOX] = "M4 14 6.5 5h11L20 14v5H4zM4 14h5l1.5 2.500h3L15 14h5",
    [ICON_TAG] = "M4 4h8l8 8-8 8-8-8zM8.5 8.500h.01",
    [ICON_TRASH] = "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.500M14 11v5.5",
    [ICON_READ] = "M4 10v9h16v-9l-8-6zM4 10l8 5.5 8-5.5",
    [ICON_UNREAD] = "M4 6h16v12H4zM4 7l8 6.500L20 7",
    [ICON_CLIP] = "M19.5 11.5 12 19a4.6 4.6 0 0 1-6.5-6.500l8-8a3.1 "
		  "3.1 0 0 1 4.4 4.400l-7.9 7.900a1.5 1.5 0 0 "
		  "1-2.2-2.200l7-7",
    [ICON_LEFT] = "M14.5 6 8.5 12l6 6",
    [ICON_RIGHT] = "M9.5 6l6 6-6 6",
    [ICON_BACK] = "M19 12H5M11 6l-6 6 6 6",
    [ICON_SETTINGS] = "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
    [ICON_HELP] = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.500a2.5 "
		  "2.5 0 1 1 3.5 2.300c-.7.3-1 .9-1 1.700M12 16.800h.01",
    [ICON_THEME] = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M15 "
		   "4.500v15M18 6.500v11",
    [ICON_BELL] = "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.500h-15zM10.5 21h3",
    [ICON_DOWNLOAD] = "M12 4v11M7 10.500l5 5 5-5M4 20h16",
    [ICON_PRINT] = "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    [ICON_PHONE] = "M8 3h8v18H8zM11.5 18h1",
    [ICON_TABLET] = "M5 4h14v16H5zM11 17.500h2",
    [ICON_SCREEN] = "M3 5h18v11H3zM9 20h6M12 16v4",
    [ICON_OPEN] = "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    [ICON_FILE] = "M6 3h8l5 5v13H6zM14 3v5h5",
    [ICON_IMAGE] = "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9h.01",
    [ICON_CALENDAR] = "M4 6h16v14H4zM4 10.500h16M8.5 3.500V7M15.5 3.500V7",
    [ICON_MAIL] = "M4 6h16v12H4zM4 7l8 6.500L20 7",
    [ICON_CODE] = "M8.5 7 4 12l4.5 5M15.5 7l4.5 5-4.5 5",
    [ICON_CLOSE] = "M6.5 6.500l11 11M17.5 6.500l-11 11",
    [ICON_UNDO] = "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10H9",
    [ICON_INFO] =
	"M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.500M12 7.500h.01",
    [ICON_CHECK] = "M5 12.500l4.5 4.500L19 7.5",
    [ICON_COPY] = "M9 9h11v11H9zM15 9V4H4v11h5",
};

void
page_icon(struct out *o, enum icon icon)
{
	PUT(o,
	    H("<svg class=\"i\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
	      "<path d=\""),
	    TS(icons[icon]), H("\"/></svg>"));
}
