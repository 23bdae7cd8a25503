/*
 * callback.c - libmilter's callbacks: find the session, ask it, say its answer as SMFIS_*.
 *
 * A connection's callbacks come on changing threads of libmilter's pool, one at a time; so all that
 * is known of a connection hangs on its context, and nothing on the thread.
 */
#include "milter/callback.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "milter/session.h"

/* What hangs on a connection's context. */
struct connection {
	struct session *session;
	unsigned long steps; /* SMFIP_* agreed on with the mail server */
};

/* libmilter hands its callbacks nothing of ours before there is a connection. */
static const struct milter *the_milter;
static atomic_uint busy;

unsigned
callback_busy(void)
{
	return atomic_load(&busy);
}

static struct connection *
enter(SMFICTX *ctx)
{
	atomic_fetch_add(&busy, 1);
	return smfi_getpriv(ctx);
}

static sfsistat
leave(sfsistat status)
{
	atomic_fetch_sub(&busy, 1);
	return status;
}

/* "Go on", for a callback whose answer the mail server may have agreed not to wait for. */
static sfsistat
go_on(const struct connection *c, unsigned long unheard)
{
	return c && c->steps & unheard ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/*
 * Reply with v. libmilter takes '%' for the start of a format when it is not doubled, and refuses
 * line ends; SMTP without SMTPUTF8 has no bytes beyond ASCII.
 */
static sfsistat
reply(SMFICTX *ctx, const struct verdict *v)
{
	char text[2 * sizeof v->text], code[4], dsn[sizeof v->dsn];
	size_t n = 0;

	for (const char *p = v->text; *p; p++) {
		if (*p == '%')
			text[n++] = '%';
		text[n++] = *p >= ' ' && *p <= '~' ? *p : '?';
	}
	text[n] = '\0';
	snprintf(code, sizeof code, "%s", verdict_smtp(v));
	snprintf(dsn, sizeof dsn, "%s", v->dsn);
	if (smfi_setreply(ctx, code, dsn, n ? text : NULL) != MI_SUCCESS)
		log_warn("libmilter does not take the reply \"%s %s %s\"", code, dsn, text);
	return v->is == NEVER ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* Ask for the macros that are read, and for no others: each costs bytes with every command. */
static void
choose_macros(SMFICTX *ctx)
{
	static const struct {
		int stage;
		const char *macros;
	} wanted[] = {
		{ SMFIM_CONNECT, "j {daemon_name}" },
		{ SMFIM_ENVFROM, "{auth_authen}" },
		{ SMFIM_ENVRCPT, "i" },
		{ SMFIM_DATA, "i" },
		{ SMFIM_EOM, "i" },
	};
	char macros[32];

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		snprintf(macros, sizeof macros, "%s", wanted[i].macros);
		smfi_setsymlist(ctx, wanted[i].stage, macros);
	}
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long unused2,
    unsigned long unused3, unsigned long *our_actions, unsigned long *our_steps,
    unsigned long *our_unused2, unsigned long *our_unused3)
{
	static const unsigned long wanted = SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_EOH |
					    SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_HDR |
					    SMFIP_SKIP | SMFIP_HDR_LEADSPC;
	struct connection *c;

	(void)unused2;
	(void)unused3;
	if (!(actions & SMFIF_DELRCPT)) {
		log_error("the mail server lets no milter remove recipients; it must");
		return SMFIS_REJECT;
	}
	if (actions & SMFIF_SETSYMLIST)
		choose_macros(ctx);
	*our_actions = SMFIF_DELRCPT | (actions & SMFIF_SETSYMLIST);
	*our_steps = steps & wanted;
	*our_unused2 = *our_unused3 = 0;
	c = xcalloc(1, sizeof *c);
	c->session = session_new(the_milter);
	c->steps = *our_steps;
	smfi_setpriv(ctx, c);
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct connection *c = enter(ctx);
	char door[] = "{daemon_name}", host[] = "j";

	(void)name;
	session_connect(c->session, address, smfi_getsymval(ctx, door), smfi_getsymval(ctx, host));
	return leave(go_on(c, SMFIP_NR_CONN));
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct connection *c = enter(ctx);
	char login[] = "{auth_authen}";

	session_mail(c->session, argv, smfi_getsymval(ctx, login));
	return leave(go_on(c, SMFIP_NR_MAIL));
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct connection *c = enter(ctx);
	struct verdict v;

	if (session_rcpt(c->session, argv, &v) == SESSION_REFUSE)
		return leave(reply(ctx, &v));
	return leave(SMFIS_CONTINUE);
}

/* ACCEPT ends this message for us only; Postfix and Sendmail still ask the milters behind us. */
static sfsistat
on_data(SMFICTX *ctx)
{
	struct connection *c = enter(ctx);

	if (session_data(c->session) == SESSION_PASS) {
		session_forget(c->session);
		return leave(SMFIS_ACCEPT);
	}
	return leave(SMFIS_CONTINUE);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct connection *c = enter(ctx);

	session_header(c->session, name, value, c->steps & SMFIP_HDR_LEADSPC);
	return leave(go_on(c, SMFIP_NR_HDR));
}

/* Nothing is to be done here; but without this callback libmilter takes the end of the headers for
 * left out, and then hangs on a mail that has a body and no header. */
static sfsistat
on_end_of_headers(SMFICTX *ctx)
{
	return leave(go_on(enter(ctx), SMFIP_NR_EOH));
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t len)
{
	struct connection *c = enter(ctx);

	if (session_body(c->session, bytes, len) == SESSION_ENOUGH && c->steps & SMFIP_SKIP)
		return leave(SMFIS_SKIP);
	return leave(SMFIS_CONTINUE);
}

/* Tell the mail server that we are still at it. When that fails it has gone; the message's deadline
 * and its key are made for that. */
static void
on_wait(void *arg)
{
	smfi_progress(arg);
}

/* Remove our recipients. Only byte for byte what it gave us does the mail server find again. */
static sfsistat
remove_ours(SMFICTX *ctx, const struct session *s)
{
	const char *rcpt;
	char *copy;
	int rc = MI_SUCCESS;

	for (size_t i = 0; rc == MI_SUCCESS && (rcpt = session_ours(s, i)); i++) {
		copy = xstrdup(rcpt);
		rc = smfi_delrcpt(ctx, copy);
		free(copy);
	}
	/* Then the mail server refuses the whole mail, and knows it again when it comes once more.
	 */
	return rc == MI_SUCCESS ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
answer_end(SMFICTX *ctx, struct session *s)
{
	struct verdict v;
	char id[] = "i";

	switch (session_end(s, smfi_getsymval(ctx, id), on_wait, ctx, &v)) {
	case SESSION_REFUSE:
		return reply(ctx, &v);
	case SESSION_REMOVE:
		return remove_ours(ctx, s);
	case SESSION_DISCARD:
		return SMFIS_DISCARD;
	case SESSION_ON:
	case SESSION_PASS:
	case SESSION_ENOUGH:
		break;
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct connection *c = enter(ctx);
	sfsistat status = answer_end(ctx, c->session);

	session_forget(c->session);
	return leave(status);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct connection *c = enter(ctx);

	if (c)
		session_forget(c->session);
	return leave(SMFIS_CONTINUE);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct connection *c = enter(ctx);

	if (c) {
		session_free(c->session);
		free(c);
		smfi_setpriv(ctx, NULL);
	}
	return leave(SMFIS_CONTINUE);
}

int
callback_register(const struct milter *m, struct verdict *v)
{
	static char name[] = "trivium-milter";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_DELRCPT | SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = on_data,
		.xxfi_header = on_header,
		.xxfi_eoh = on_end_of_headers,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	the_milter = m;
	if (smfi_register(description) != MI_SUCCESS)
		return never(v, "5.3.5", "libmilter does not register us");
	return 0;
}
