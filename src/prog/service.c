/* SPDX-License-Identifier: MIT */
/* service.c: from the configuration to what every connection needs */

#include "prog/service.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"

/* Our header block, and the session log, may be that much beyond a message. */
#define FILE_SLACK (64u * 1024 * 1024)

void
service_init(struct service *service, const struct conf *conf, bool tickets)
{
	uint64_t mebibytes = (uint64_t)conf->max_message_size;

	*service = (struct service){.conf = conf};
	service->session = (struct session_config){
	    .host = conf->host,
	    .app = conf->app,
	    .max_message_size = mebibytes * 1024 * 1024,
	    .max_recipients = (size_t)conf->max_recipients,
	    .allowed_recipients = conf->allowed,
	    .ignore_rejected_recipients = conf->ignore_rejected_recipients,
	    .starttls = conf->tls && !conf->require_tls,
	    .require_tls = conf->tls_forced,
	    .auth = conf->auth,
	    .require_auth = conf->credentials,
	    .auth_insecure = conf->auth_allow_insecure,
	    .strict_headers = conf->strict_headers,
	    .forbid_bare_newline = conf->forbid_bare_newline,
	    .max_errors = (unsigned)conf->max_errors,
	    .max_junk = (unsigned)conf->max_junk,
	    .max_auth_failures = (unsigned)conf->max_auth_failures,
	    .max_messages = (unsigned)conf->max_session_messages,
	    .command_timeout = conf->command_timeout * 1000,
	    .data_timeout = conf->data_timeout * 1000,
	};
	secrets_init(&service->secrets, conf);
	if (conf->tls)
		service->tls = tls_server_new(tickets);
}

bool
service_prepare_confinement(struct service *service, bool reads_secrets)
{
	const struct conf *c = service->conf;
	bool self_signed =
	    c->tls && str_begins(str_of(c->tls_cert), STR("sans:"));
	struct confine_plan plan = {
	    .paths.folders = {c->maildir_path},
	    .file_size = service->session.max_message_size,
	};
	struct buf missing = BUF_INIT;
	bool ok;

	if (plan.file_size != 0)
		plan.file_size += FILE_SLACK;
	if (reads_secrets && self_signed) {
		/* What is not there could not be made later. */
		if (io_make_path(c->state_folder, 0700) != 0)
			log_warning("[tls] cannot make the folder %s: %s",
			    c->state_folder, strerror(errno));
		plan.paths.folders[1] = c->state_folder;
	}
	if (reads_secrets && c->tls && !self_signed) {
		plan.paths.files[0] = c->tls_cert;
		plan.paths.files[1] = c->tls_key;
	}
	if (reads_secrets)
		plan.paths.files[2] = c->auth_file;
	service->confine = confine_new(&plan, &missing);
	ok = missing.len == 0 || !c->require_confinement;
	if (!ok)
		log_error("[confine] not to be had here: %s", missing.data);
	else if (missing.len > 0 && !reads_secrets)
		log_warning("[confine] not to be had here: %s", missing.data);
	buf_fini(&missing);
	return ok;
}

bool
service_confine(const struct service *service)
{
	if (confine_enter(service->confine) == 0)
		return true;
	log_warning("[confine] refused: %s", strerror(errno));
	return !service->conf->require_confinement;
}

void
service_fini(struct service *service)
{
	confine_free(service->confine);
	secrets_fini(&service->secrets);
	tls_server_free(service->tls);
}
