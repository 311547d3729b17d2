/* SPDX-License-Identifier: MIT */
/* api.c: the calls of the API, as a table */

#include "web/api.h"

#include "web/route.h"

#define V1 "api/v1/"
#define MESSAGE V1 "message/*"

static const struct route rows[] = {
    {CGI_GET, "livez", ROUTE_OPEN, api_livez},
    {CGI_GET, "readyz", ROUTE_OPEN, api_readyz},
    {CGI_GET, V1, ROUTE_API, api_calls},
    {CGI_GET, V1 "swagger.json", ROUTE_API, api_swagger},
    {CGI_GET, V1 "info", ROUTE_API, api_info},
    {CGI_GET, V1 "webui", ROUTE_API, api_webui},
    {CGI_GET, V1 "chaos", ROUTE_API, api_chaos},
    {CGI_PUT, V1 "chaos", ROUTE_API, api_chaos},
    {CGI_GET, V1 "messages", ROUTE_API, api_messages},
    {CGI_PUT, V1 "messages", ROUTE_API, api_set_read},
    {CGI_DELETE, V1 "messages", ROUTE_API, api_delete},
    {CGI_GET, V1 "search", ROUTE_API, api_search},
    {CGI_DELETE, V1 "search", ROUTE_API, api_delete_search},
    {CGI_GET, V1 "tags", ROUTE_API, api_tags},
    {CGI_PUT, V1 "tags", ROUTE_API, api_set_tags},
    {CGI_PUT, V1 "tags/*", ROUTE_API, api_rename_tag},
    {CGI_DELETE, V1 "tags/*", ROUTE_API, api_delete_tag},
    {CGI_POST, V1 "send", ROUTE_API | ROUTE_SEND, api_send},
    {CGI_GET, MESSAGE, ROUTE_API, api_message},
    {CGI_GET, MESSAGE "/headers", ROUTE_API, api_headers},
    {CGI_GET, MESSAGE "/raw", ROUTE_API, api_raw},
    {CGI_GET, MESSAGE "/part/*", ROUTE_API | ROUTE_PART, api_part},
    {CGI_GET, MESSAGE "/part/*/thumb", ROUTE_API, api_thumb},
    {CGI_POST, MESSAGE "/release", ROUTE_API, api_release},
    {CGI_GET, MESSAGE "/extract", ROUTE_API, api_extract},
    {CGI_GET, MESSAGE "/findings", ROUTE_API, api_findings},
};

const struct route_table api_routes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};
